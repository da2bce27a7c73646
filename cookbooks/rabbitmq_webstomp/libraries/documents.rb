# frozen_string_literal: true

require 'base64'

module RabbitmqWebstomp
  # The viewers' documents: the last message of each stream hubble_viewer.NAME, written and read inside of the node by the
  # broker's own AMQP client, so with no port and no password. Names and documents go in as Base64 alone.
  module Documents
    PREFIX = 'hubble_viewer.'
    QUIET_MILLISECONDS = 300
    # A node that has just booted takes a moment until its copies of streams are up; one that is new in the cluster waits for
    # the streams' coordinator, which looks for new nodes each five seconds, or each half minute in a cluster made without us.
    NO_COPY_YET = /no_copy_yet|replica on the local node|noproc|stream_not_found|coordinator_unavailable/.freeze
    TRIES = 90

    # A consumer that comes before its stream's copy is up may wait for minutes.
    UP = <<~'ERLANG'
      Names = [base64:decode(Name) || Name <- [%<names>s]],
      IsUp = fun (Name) ->
          {ok, Queue} = rabbit_amqqueue:lookup(rabbit_misc:r(base64:decode(<<"%<vhost>s">>), queue, Name)),
          whereis(rabbit_stream_coordinator) =/= undefined andalso
              element(1, rabbit_stream_coordinator:local_pid(maps:get(name, amqqueue:get_type_state(Queue)))) =:= ok
      end,
      case lists:all(IsUp, Names) of true -> ok; false -> exit(no_copy_yet) end,
    ERLANG

    LOGIN = <<~'ERLANG'
      Login = {amqp_params_direct, none, none, base64:decode(<<"%<vhost>s">>), node(), none, []},
      {ok, Connection} = amqp_connection:start(Login),
      {ok, Channel} = amqp_connection:open_channel(Connection),
    ERLANG

    PUBLISH = <<~'ERLANG'
      {'confirm.select_ok'} = amqp_channel:call(Channel, {'confirm.select', false}),
      No = undefined,
      Properties = {'P_basic', <<"application/json">>, No, No, 2, No, No, No, No, No, No, No, No, No, No},
      ok = amqp_channel:cast(Channel, {'basic.publish', 0, <<>>, base64:decode(<<"%<name>s">>), false, false},
                             {amqp_msg, Properties, base64:decode(<<"%<document>s">>)}),
      true = amqp_channel:wait_for_confirms(Channel, 10),
      amqp_connection:close(Connection).
    ERLANG

    # Each stream's consumer has the stream's name as its tag. Prints NAME:DOCUMENT pairs, both as Base64.
    READ = <<~'ERLANG'
      {'basic.qos_ok'} = amqp_channel:call(Channel, {'basic.qos', 0, 10, false}),
      From = [{<<"x-stream-offset">>, longstr, <<"last">>}],
      [amqp_channel:subscribe(Channel, {'basic.consume', 0, Name, Name, false, false, false, false, From}, self()) || Name <- Names],
      Read = fun (Again, Last) ->
          receive
              {Delivery, {amqp_msg, _, Body}} when element(1, Delivery) =:= 'basic.deliver' ->
                  amqp_channel:cast(Channel, {'basic.ack', element(3, Delivery), false}),
                  Again(Again, maps:put(element(2, Delivery), Body, Last));
              {'basic.consume_ok', _} -> Again(Again, Last)
          after %<quiet>d -> Last
          end
      end,
      Found = Read(Read, maps:new()),
      amqp_connection:close(Connection),
      [io:format("~s:~s~n", [base64:encode(Name), base64:encode(Body)]) || {Name, Body} <- maps:to_list(Found)],
      ok.
    ERLANG

    module_function

    # @return [Hash{String => String}] by stream; one that holds nothing is not there
    def read(broker, vhost, names)
      return {} if names.empty?

      quoted = names.map { |name| "<<\"#{base64(name)}\">>" }.join(', ')
      places = { vhost: base64(vhost), names: quoted, quiet: QUIET_MILLISECONDS }
      answer = when_up { broker.ask([UP, LOGIN, READ].map { |code| format(code, places) }.join) }
      answer.scan(%r{^([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]*)$}).to_h { |pair| pair.map { |text| Base64.decode64(text).force_encoding('UTF-8') } }
    end

    def publish(broker, vhost, name, document)
      broker.ask(format(LOGIN, vhost: base64(vhost)) + format(PUBLISH, name: base64(name), document: base64(document)))
    end

    def when_up
      tries = 0
      begin
        yield
      rescue CliFailed => error
        raise unless error.message.match?(NO_COPY_YET) && (tries += 1) < TRIES

        sleep 1
        retry
      end
    end

    def base64(text)
      Base64.strict_encode64(text)
    end
  end
end
