%% Keeps what viewers make the broker hold within bounds that RabbitMQ does not have. Three rules:
%%
%% 1. A Web-STOMP connection that holds more than 32 MiB is ended. RabbitMQ before 4.2.6 takes a STOMP frame of any size,
%%    in as many WebSocket frames as it likes, and before a log-in too: 20 MB of an endless header cost it more than 1 GiB.
%%    What a viewer's page sends is some hundred bytes; what the broker sends to it is bounded by the prefetch.
%% 2. While the node's memory is over four fifths of its limit, at which the broker stops whoever publishes, all
%%    connections and subscription queues together may hold a quarter of the limit: those above their equal share of it
%%    are ended or emptied. A page that keeps up holds next to nothing.
%% 3. A subscription queue that is a stream or a quorum queue is deleted: no page makes one, and RabbitMQ can neither
%%    refuse it nor let it expire.
%%
%% And it tells who reads a stream, by the event that RabbitMQ has for the readers of all other queues (`consumer.created`), so
%% that an audit of events knows of history. A reader that is gone within a tenth of a second may stay untold.
-module(hubblecast_guard).

-export([start/0]).

-define(INTERVAL_MS, 100).
-define(ROUNDS_A_SECOND, 10).
%% 128 batches of the largest size, the page's largest prefetch, are half of it.
-define(LIMIT_BYTES, 32 * 1024 * 1024).
-define(PRESSED, 0.8).
-define(TOGETHER, 0.25).
-define(WEB_STOMP, rabbit_web_stomp_connection_sup).
-define(SUBSCRIPTION, "stomp-subscription-").

%% Safe to call before the broker is up, and again.
start() ->
    case whereis(?MODULE) of
        undefined -> register(?MODULE, spawn(fun guard/0));
        _ -> true
    end.

guard() ->
    process_flag(priority, high),
    watch(0, #{}).

%% Consumers: all of this node that were seen in the last round.
watch(Round, Consumers) ->
    timer:sleep(?INTERVAL_MS),
    Holders = [{connection, Process, held(Process)} || Supervisor <- connections(), Process <- linked(Supervisor)],
    release([Holder || {_, _, Held} = Holder <- Holders, Held > ?LIMIT_BYTES]),
    %% Looking at all queues costs some milliseconds.
    Round rem ?ROUNDS_A_SECOND =:= 0 andalso watch_queues(Holders),
    watch(Round + 1, watch_consumers(Consumers)).

%% None while the broker does not run.
watch_consumers(Known) ->
    try [element(1, Consumer) || Consumer <- ets:tab2list(consumer_created)] of
        Consumers ->
            [tell_reader(Consumer) || Consumer <- Consumers, not is_map_key(Consumer, Known)],
            maps:from_keys(Consumers, true)
    catch
        _:_ -> Known
    end.

%% Queue and channel may be gone already.
tell_reader({Queue, Channel, Tag}) ->
    try
        {ok, Found} = rabbit_amqqueue:lookup(Queue),
        rabbit_stream_queue = amqqueue:get_type(Found),
        [{_, Properties}] = ets:lookup(channel_created, Channel),
        rabbit_event:notify(consumer_created, [{consumer_tag, Tag}, {channel, Channel}, {queue, Queue},
                                               {user_who_performed_action, proplists:get_value(user, Properties)}])
    catch
        _:_ -> untold
    end.

%% A broker that boots or stops has no queues to look at.
watch_queues(Connections) ->
    try
        Queues = [Queue || Queue <- rabbit_amqqueue:list(), is_subscription(Queue), amqqueue:qnode(Queue) =:= node()],
        {Classic, Others} = lists:partition(fun amqqueue:is_classic/1, Queues),
        [delete(Queue) || Queue <- Others],
        is_pressed() andalso relieve(Connections ++ [{queue, Queue, held(amqqueue:get_pid(Queue))} || Queue <- Classic])
    catch
        _:_ -> false
    end.

is_subscription(Queue) ->
    {resource, _, queue, Name} = amqqueue:get_name(Queue),
    string:prefix(Name, ?SUBSCRIPTION) =/= nomatch.

is_pressed() ->
    vm_memory_monitor:get_memory_use(ratio) > ?PRESSED.

relieve(Holders) ->
    Share = ?TOGETHER * vm_memory_monitor:get_memory_limit() / max(1, length(Holders)),
    release([Holder || {_, _, Held} = Holder <- Holders, Held > Share]).

%% The supervisors of Web-STOMP's connections; none while the broker does not run.
connections() ->
    try
        lists:append([ranch:procs(Listener, connections)
                      || {Listener, #{protocol := ?WEB_STOMP}} <- maps:to_list(ranch:info())])
    catch
        _:_ -> []
    end.

%% A connection's supervisor and what it supervises.
linked(Supervisor) ->
    case process_info(Supervisor, links) of
        {links, Links} -> [Process || Process <- Links, is_pid(Process), is_connection(Process)];
        undefined -> []
    end.

%% Not the supervisor's own supervisor, which all connections share.
is_connection(Process) ->
    case process_info(Process, dictionary) of
        {dictionary, Dictionary} -> lists:member(proplists:get_value('$initial_call', Dictionary),
                                                 [{cowboy_clear, connection_process, 4}, {cowboy_tls, connection_process, 4}]);
        undefined -> false
    end.

%% Bytes. Binaries are not in a process's own memory, but its collector knows how much of them it holds.
held(Process) ->
    case process_info(Process, [memory, garbage_collection_info]) of
        [{memory, Bytes}, {garbage_collection_info, Collector}] ->
            Words = proplists:get_value(bin_vheap_size, Collector) + proplists:get_value(bin_old_vheap_size, Collector),
            Bytes + Words * erlang:system_info(wordsize);
        undefined ->
            0
    end.

release(Holders) ->
    [release(What, Holder, Held div 1024) || {What, Holder, Held} <- Holders].

release(connection, Process, Kib) ->
    exit(Process, kill),
    logger:error("hubblecast_guard: ended Web-STOMP connection ~p, which held ~b KiB", [Process, Kib]);
release(queue, Queue, Kib) ->
    rabbit_amqqueue:purge(Queue),
    garbage_collect(amqqueue:get_pid(Queue)),
    logger:error("hubblecast_guard: emptied queue ~ts, which held ~b KiB", [name(Queue), Kib]).

delete(Queue) ->
    rabbit_amqqueue:delete(Queue, false, false, <<"hubblecast_guard">>),
    logger:error("hubblecast_guard: deleted queue ~ts, which is no classic one", [name(Queue)]).

name(Queue) ->
    {resource, _, queue, Name} = amqqueue:get_name(Queue),
    Name.
