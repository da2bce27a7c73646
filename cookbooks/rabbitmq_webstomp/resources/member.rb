# frozen_string_literal: true

unified_mode true
provides :rabbitmq_webstomp_member
resource_name :rabbitmq_webstomp_member

description 'Another node of the cluster, as the cluster remembers it: what to do when it will not come back'

property :member, String,
         name_property: true,
         identity: true,
         regex: /\A[A-Za-z0-9_-]+@[A-Za-z0-9.-]+\z/,
         desired_state: false,
         description: 'Its Erlang name, such as rabbit@host'

action_class do
  include RabbitmqWebstomp::BrokerActions

  # `rabbitmq-queues shrink` knows quorum queues alone, and `rabbitmq-streams delete_replica` wants the node to run.
  def drop_stream_replicas
    broker.state.fetch('queues').each do |row|
      next unless row['arguments']['x-queue-type'] == 'stream' && broker.members(row['vhost'], row['name']).include?(new_resource.member)

      answer = broker.ask("{ok, Queue} = rabbit_amqqueue:lookup(#{resource_term('queue', row['name'], row['vhost'])}), " \
                          'rabbit_stream_coordinator:delete_replica(maps:get(name, amqqueue:get_type_state(Queue)), ' \
                          "binary_to_atom(#{RabbitmqWebstomp::Cli.erlang_binary(new_resource.member)}, utf8)).")
      refuse "stream #{row['name']}: the broker answered #{RabbitmqWebstomp::Cli.harmless(answer)}" unless answer.start_with?('{ok,ok,')
    end
  end

  # Else a machine that comes back under this name soon would be taken for the member that it was, and never get a coordinator
  # of its own: RabbitMQ sees to that from 4.0 on.
  def leave_stream_coordinator
    erlang_ok(format(<<~'ERLANG', node: RabbitmqWebstomp::Cli.erlang_binary(new_resource.member)))
      Member = {rabbit_stream_coordinator, binary_to_atom(%<node>s, utf8)},
      case whereis(rabbit_stream_coordinator) of
          undefined -> ok;
          _ ->
              {ok, Members, Leader} = ra:members({rabbit_stream_coordinator, node()}),
              case lists:member(Member, Members) of
                  false -> ok;
                  true -> case ra:remove_member(Leader, Member) of {ok, _, _} -> ok; Why -> Why end
              end
      end.
    ERLANG
  end
end

action :forget, description: 'Strike a stopped node off the cluster, with its copies of queues and streams. Take it out of peers too' do
  cluster = broker.cluster
  if cluster.fetch('disk_nodes').include?(new_resource.member)
    refuse "#{new_resource.member} runs: stop it first, or it would come back" if cluster.fetch('running_nodes').include?(new_resource.member)
    converge_by "forget #{new_resource.member}" do
      drop_stream_replicas
      RabbitmqWebstomp::Cli.run('rabbitmq-queues', 'shrink', new_resource.member, '--errors-only', timeout: 300)
      broker.ctl('forget_cluster_node', new_resource.member, timeout: 120)
      leave_stream_coordinator
    end
  end
end

# There is no default that would be safe. Here, since the first action above would become it.
default_action :nothing
