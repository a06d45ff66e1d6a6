import Bridge
import Testing

struct Picture: Codable, Sendable, Equatable {
    var number: Int
    var name: String
    var tags: [String]?
}
extension Picture: LuaConvertible {}

/// Channels between Swift and Lua.
@Suite struct ChannelDoorTests {
    @Test func `messages go to scripts and come back`() async throws {
        let runtime = try makeRuntime()
        let (frames, answers) = (Channel(capacity: 4), Channel())
        try await runtime.setGlobal("frames", frames)
        try await runtime.setGlobal("answers", answers)
        let work = try await runtime.spawn(
            .thread, "for f in frames do answers:send({number = f.number * 2, name = f.name}) end answers:close()")
        let sender = Task {
            for i in 0..<1000 { try await frames.send(Picture(number: i, name: "f\(i)", tags: nil)) }
            frames.close()
        }
        var next = 0
        for try await frame in answers.values(of: Picture.self) {
            #expect(frame == Picture(number: next * 2, name: "f\(next)", tags: nil))
            next += 1
        }
        #expect(next == 1000)
        try await sender.value
        try await work.join()
        await runtime.shutdown()
    }

    @Test func `values of any type are sent and received`() async throws {
        let channel = Channel()
        try await channel.send(1)
        try await channel.send(2.5)
        try await channel.send("text")
        try await channel.send([1, 2])
        try await channel.send(["a": true])
        try await channel.send([UInt8]([0, 255]))
        try await channel.send(Camera("x"))
        try await channel.send(channel)
        #expect(channel.count == 8)
        #expect(try await channel.receive() == 1)
        #expect(try await channel.receive() == 2.5)
        #expect(try await channel.receive() == "text")
        #expect(try await channel.receive() == [1, 2])
        #expect(try await channel.receive() == ["a": true])
        #expect(try await channel.receive() == [UInt8]([0, 255]))
        let camera: Camera? = try await channel.receive()
        #expect(camera?.name == "x")
        let same: Channel? = try await channel.receive()
        #expect(same === channel)
        await #expect(throws: ScriptError.self) { try await channel.send(Int?.none) }
        try await channel.send(["list": [1, nil, "x"], "n": 1] as Value)
        let value: Value? = try await channel.receive()
        #expect(value == ["list": [1: 1, 3: "x"], "n": 1])
        try await channel.send("no number")
        await #expect { let _: Int? = try await channel.receive() } throws: {
            ($0 as? ScriptError)?.kind == .conversion
        }
        #expect(try channel.tryReceive(as: Int.self) == nil)
    }

    @Test func `waits end by a deadline, by cancelling and by closing, with nothing lost`() async throws {
        let channel = Channel(capacity: 1)
        await #expect { let _: Int? = try await channel.receive(deadline: .milliseconds(5)) } throws: {
            ($0 as? ScriptError)?.kind == .timeout
        }
        try await channel.send(1)
        #expect(try channel.trySend(2) == false)
        await #expect { try await channel.send(2, deadline: .milliseconds(5)) } throws: {
            ($0 as? ScriptError)?.kind == .timeout
        }
        let sender = Task { try await channel.send(3) }
        sender.cancel()
        await #expect { try await sender.value } throws: { ($0 as? ScriptError)?.kind == .cancelled }
        #expect(try await channel.receive() == 1)
        let receiver = Task { try await channel.receive(as: Int.self) }
        receiver.cancel()
        await #expect { try await receiver.value } throws: { ($0 as? ScriptError)?.kind == .cancelled }
        try await channel.send(4)
        channel.close()
        #expect(channel.isClosed)
        await #expect { try await channel.send(5) } throws: { ($0 as? ScriptError)?.kind == .closed }
        #expect(try await channel.receive() == 4)
        #expect(try await channel.receive(as: Int.self) == nil)
    }

    @Test func `a rendezvous meets a script`() async throws {
        let runtime = try makeRuntime()
        let meeting = Channel(capacity: 0)
        try await runtime.setGlobal("meeting", meeting)
        async let script: Void = runtime.run(source: "for i = 1, 100 do meeting:send(i) end meeting:close()")
        var sum = 0
        for try await n in meeting.values(of: Int.self) { sum += n }
        #expect(sum == 5050)
        try await script
        await runtime.shutdown()
    }

    @Test func `many senders and receivers lose nothing`() async throws {
        let channel = Channel(capacity: 8)
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for i in 1...1000 { try await channel.send(i) }
                    return 0
                }
            }
            for _ in 0..<4 {
                group.addTask {
                    var sum = 0
                    for _ in 0..<1000 { sum += try await channel.receive() ?? 0 }
                    return sum
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 4 * 500_500)
    }
}
