#!/usr/bin/env escript
%% The peers in Erlang: processes that pass messages, which the Erlang runtime copies between their heaps
%% (binaries over 64 bytes go by reference).
%% Usage: escript peer.escript NAME N    Prints the figures, one `name value` a line.
-mode(compile).

main([Name, N]) -> run(Name, list_to_integer(N)).

run("channel-integers", N) ->
    report("ops_per_s", channel(N, fun(P, Count) -> send_integers(P, 1, Count) end, fun(V) -> V end));
run("channel-tables", N) ->
    report("ops_per_s", channel(N, fun(P, Count) -> send_maps(P, 1, Count) end, fun(#{id := Id}) -> Id end));
run("channel-arrays", N) ->
    report("ops_per_s", channel(N, fun(P, Count) -> send_lists(P, lists:seq(2, 1000), 1, Count) end, fun hd/1));
run("channel-1k", N) ->
    Text = binary:copy(<<"x">>, 1024),
    report("ops_per_s", channel(N, fun(P, Count) -> send_same(P, Text, Count) end, fun byte_size/1));
run("task-spawn", N) ->
    spawn_and_join(N div 10),
    Start = now_ns(),
    spawn_and_join(N),
    report("ns_per_op", (now_ns() - Start) / N);
run("task-switch", N) ->
    erlang:system_flag(schedulers_online, 1), % both on one scheduler: a switch, not a second core
    switch(N div 10),
    Start = now_ns(),
    switch(N),
    report("ns_per_op", (now_ns() - Start) / N);
run("task-memory", N) ->
    erlang:garbage_collect(),
    Before = resident(),
    Pids = [spawn(fun() -> receive stop -> ok after 5000 -> ok end end) || _ <- lists:seq(1, N)],
    timer:sleep(200),
    erlang:garbage_collect(),
    After = resident(),
    [Pid ! stop || Pid <- Pids],
    report("bytes_per_item", (After - Before) / N).

report(Name, Value) -> io:format("~s ~w~n", [Name, Value * 1.0]).

now_ns() -> erlang:monotonic_time(nanosecond).

%% Messages per second from the first send to the last receive, after a warm-up.
channel(N, Send, Value) ->
    transfer(N div 10, Send, Value),
    N / transfer(N, Send, Value) * 1.0e9.

transfer(N, Send, Value) ->
    Parent = self(),
    Consumer = spawn_link(fun() ->
        Total = consume(0, Value),
        Parent ! {finish, now_ns(), Total}
    end),
    spawn_link(fun() ->
        Parent ! {start, now_ns()},
        Send(Consumer, N),
        Consumer ! stop
    end),
    Start = receive {start, S} -> S end,
    receive {finish, Finish, Total} when Total > 0 -> Finish - Start end.

consume(Total, Value) ->
    receive
        stop -> Total;
        Message -> consume(Total + Value(Message), Value)
    end.

send_integers(_, I, N) when I > N -> ok;
send_integers(P, I, N) -> P ! I, send_integers(P, I + 1, N).

send_maps(_, I, N) when I > N -> ok;
send_maps(P, I, N) -> P ! #{id => I, name => <<"alpha">>, v => I * 0.5}, send_maps(P, I + 1, N).

send_lists(_, _, I, N) when I > N -> ok;
send_lists(P, Tail, I, N) -> P ! [I | Tail], send_lists(P, Tail, I + 1, N).

send_same(_, _, 0) -> ok;
send_same(P, Message, N) -> P ! Message, send_same(P, Message, N - 1).

spawn_and_join(0) -> ok;
spawn_and_join(N) ->
    {Pid, Monitor} = spawn_monitor(fun() -> exit({result, N}) end),
    receive {'DOWN', Monitor, process, Pid, {result, N}} -> ok end,
    spawn_and_join(N - 1).

switch(N) ->
    Work = fun() -> yield(N div 2) end,
    {_, A} = spawn_monitor(Work),
    {_, B} = spawn_monitor(Work),
    receive {'DOWN', A, _, _, normal} -> ok end,
    receive {'DOWN', B, _, _, normal} -> ok end.

yield(0) -> ok;
yield(N) -> erlang:yield(), yield(N - 1).

resident() ->
    {ok, Text} = file:read_file("/proc/self/smaps_rollup"),
    {match, [KiB]} = re:run(Text, "Rss:\\s+(\\d+)", [{capture, all_but_first, list}]),
    list_to_integer(KiB) * 1024.
