/// Starting a function in a new state in a child process.
struct ProcessSpawn: Sendable {
    var name: ByteText?
    var isDaemon = false
    var grace = Shutdown.grace
    /// Bytes that it may use; nil: no bound.
    var memory: Int?
    /// Seconds of processor time that it may use; nil: no bound.
    var seconds: Int?
    /// The function and its arguments.
    let message: Message
    let count: Int
    let inheritance: Inheritance
    let site: SpawnSite?
    /// Somebody will ask how it has ended: it needs no report.
    var isWatched = false
    /// Where it runs, its environment, its streams; what is started is filled in here.
    var launch: Launch
    /// Which of its streams are pipes to us.
    var pipes = [false, false, false]
    /// Called when the work has ended, with its error: the failure is taken care of.
    var onEnd: (@Sendable (ScriptError?) -> Void)?

    func start(_ program: Program) throws(Launch.Failure) -> Work {
        var spawn = self
        spawn.launch.environment = launch.environment ?? Launch.ownEnvironment
        let work = Work(.process, name: name, isDaemon: isDaemon, site: site, program: program, status: .running)
        if isWatched { work.observe() }
        let child = try ChildLink(work, &spawn, program)
        work.grace = grace
        work.elsewhere = child
        try child.start(work, spawn)
        return work
    }

    /// What the child is told: what it is, and what it is to run.
    func beginning(_ work: Work, number: Int) -> Message {
        var fields = FieldWriter()
        fields.add(number)
        fields.add(isDaemon)
        fields.add(Int(grace))
        fields.add(memory ?? 0)
        fields.add(seconds ?? 0)
        var places: [ByteText] = []
        var next = site
        while let site = next {
            places.append(site.place)
            next = site.parent
        }
        fields.add(places.count)
        for place in places { fields.add(place) }
        fields.add(inheritance.values)
        fields.add(count)
        fields.share(work)
        fields.share(work.inbox)
        return fields.finish(message)
    }
}
