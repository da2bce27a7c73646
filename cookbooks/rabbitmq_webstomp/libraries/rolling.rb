# frozen_string_literal: true

module RabbitmqWebstomp
  # A node may not go down now, and did not become free to within the time that it was given.
  class NotNow < RuntimeError; end

  # Takes one node of a cluster at a time out of service.
  #
  # The lock is the broker's own maintenance mode. Within a lock of all its nodes (global:trans) the broker looks whether
  # each member runs and none is in maintenance, and puts this one there. So of two nodes that want to restart at the
  # same moment one is told to wait, and a Chef run that dies leaves nothing behind but a node in maintenance, which its
  # next boot or `:revive` ends.
  class Rolling
    POLL_SECONDS = 3
    LOCK_RETRIES = 5

    # Answers `ok`, or why not as {down, Nodes} or {maintenance, Nodes}. Versions differ in how they name the members.
    CLAIM = <<~'ERLANG'.tr("\n", ' ')
      Members = case erlang:function_exported(rabbit_nodes, list_members, 0) of
        true -> rabbit_nodes:list_members(); false -> rabbit_nodes:all() end,
      global:trans({rabbitmq_webstomp_rolling, self()}, fun() ->
        Down = [N || N <- Members, not rabbit_nodes:is_running(N, rabbit)],
        Away = [N || N <- Members -- [node() | Down],
          rpc:call(N, rabbit_maintenance, is_being_drained_local_read, [N], 5000) =/= false],
        case {Down, Away} of
          {[], []} -> rabbit_maintenance:mark_as_being_drained(), ok;
          {[], _} -> {maintenance, Away};
          _ -> {down, Down}
        end
      end, [node() | nodes()], %d).
    ERLANG

    # @param sleeper [#call] takes seconds
    def initialize(broker, sleeper: method(:sleep), clock: -> { Process.clock_gettime(Process::CLOCK_MONOTONIC) })
      @broker = broker
      @sleep = sleeper
      @clock = clock
    end

    # Waits until this node may go, and marks it as the one that does.
    # @raise [NotNow]
    def claim(timeout_seconds)
      deadline = @clock.call + timeout_seconds
      until (answer = @broker.ask(format(CLAIM, LOCK_RETRIES))) == 'ok'
        raise NotNow, reason(answer, timeout_seconds) if @clock.call >= deadline

        @sleep.call(POLL_SECONDS)
      end
      Cli.run('rabbitmq-upgrade', 'await_online_quorum_plus_one', '--timeout', timeout_seconds, timeout: timeout_seconds + 30)
    rescue CliFailed
      release if answer == 'ok'
      raise
    end

    # Moves leaders and clients away from this node.
    def drain
      Cli.run('rabbitmq-upgrade', 'drain', timeout: 300)
      @broker.forget
    end

    def release
      Cli.run('rabbitmq-upgrade', 'revive', timeout: 120)
      @broker.forget
    end

    # Whether this node is in maintenance.
    def drained?
      @broker.ask('rabbit_maintenance:is_being_drained_local_read(node()).') == 'true'
    end

    private

    def reason(answer, timeout_seconds)
      nodes = answer.scan(/[\w.-]+@[\w.-]+/).uniq.join(', ')
      why = { '{down' => "#{nodes} is down", '{main' => "#{nodes} is in maintenance" }[answer[0, 5]] ||
            "the cluster's lock was not to be had (#{Cli.harmless(answer)})"
      "this node was to restart, but #{why}, and only one node of a cluster may be away at a time. Waited " \
      "#{timeout_seconds} s; nothing was changed. Bring the other node back (or `forget` it), then converge again"
    end
  end
end
