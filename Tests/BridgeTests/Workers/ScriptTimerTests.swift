import Testing

@testable import Bridge

@Suite struct ScriptTimerTests {
    @Test func `the time of a timer counts from the call that makes it, however long that takes`() throws {
        let module = FenceTests.module(
            HostFunction("begin", "", "") { call throws(Fault) in
                let worker = call.worker
                let called = worker.clock.now + .seconds(-5)
                let timer = ScriptTimer(worker, nil, delay: .seconds(60), repeats: true)
                timer.start(called)
                call.push(worker.timers.nextDue == called + .seconds(60))
                _ = timer.cancel()
                return .results(1)
            })
        var configuration = Runtime.Configuration()
        configuration.modules = [module]
        let runtime = try Runtime(configuration)
        try runtime.run(source: "assert(probe.begin())", name: "=test")
        #expect(runtime.finish() == 0)
    }
}
