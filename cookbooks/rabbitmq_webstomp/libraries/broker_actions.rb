# frozen_string_literal: true

module RabbitmqWebstomp
  # For the actions of resources that live in the running broker.
  module BrokerActions
    COPY_TIMEOUT_SECONDS = 60

    def broker
      Broker.of(node)
    end

    def refuse(*faults)
      faults = faults.flatten.compact
      raise ArgumentError, "#{new_resource}: #{faults.join('; ')}" unless faults.empty?
    end

    # What exists may differ from what is asked in a way that the broker cannot change in place. Deleting it for that
    # would cost its messages or its bindings, so it is told instead.
    def refuse_mismatch(declared, wanted)
      difference = Checks.mismatch(declared, wanted)
      refuse "exists, but #{difference}. The broker cannot change that in place: delete it yourself, or ask for what is there" if difference
    end

    def resource_term(kind, name, vhost = new_resource.vhost)
      "rabbit_misc:r(#{Cli.erlang_binary(vhost)}, #{kind}, #{Cli.erlang_binary(name)})"
    end

    # A copy of each of these streams on this node: one that was declared before the node joined has none.
    def replicate(streams)
      absent = uncopied(streams)
      return if absent.empty?

      own = broker.node_name
      converge_by(absent.map { |name| "copy stream #{name} to #{own}" }) { copy(absent, own) }
    end

    # Streams of which this node holds no copy, though others do.
    def uncopied(streams)
      streams.reject do |name|
        members = broker.members(new_resource.vhost, name)
        members.empty? || members.include?(broker.node_name)
      end
    end

    # Of a node that was forgotten and is back the streams' coordinator first takes leave. Until then it says yes to a new
    # copy and makes none.
    def copy(streams, own)
      deadline = monotonic_seconds + COPY_TIMEOUT_SECONDS
      loop do
        streams.each { |name| add_replica(name, own) }
        broker.forget_members
        streams = uncopied(streams)
        break if streams.empty?

        if monotonic_seconds > deadline
          refuse "the cluster made no copy of #{streams.join(', ')} on #{own} within #{COPY_TIMEOUT_SECONDS} s"
        end
        sleep 1
      end
    end

    # A node that holds a copy is asked for it: this one may have joined so lately that it knows nothing of the streams'
    # coordinator, and would try to make a second.
    def add_replica(stream, own)
      members = broker.members(new_resource.vhost, stream)
      holder = members.find { |member| broker.cluster.fetch('running_nodes').include?(member) } || members.first
      Cli.run('rabbitmq-streams', '--node', holder, 'add_replica', '--vhost', new_resource.vhost, stream, own, timeout: 120)
    end

    def monotonic_seconds
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end

    # An answer other than `ok` is the reason why not.
    def erlang_ok(code)
      answer = broker.erlang(code)
      refuse "the broker answered #{Cli.harmless(answer)}" unless answer == 'ok'
    end
  end
end
