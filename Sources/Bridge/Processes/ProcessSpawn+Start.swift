extension ProcessSpawn {
    func start(_ program: Program) throws(Launch.Failure) -> Work { try program.processes.start(self, of: program) }

    /// The message for the child with its settings and its function (`ParentLink` reads it).
    func beginning(_ work: Work, number: Int) -> Message {
        var fields = FieldWriter()
        fields.add(number)
        fields.add(isDaemon)
        fields.add(Int(grace.nanoseconds))
        fields.add(memory ?? 0)
        fields.add(seconds ?? 0)
        fields.add(work.program.simulation.map { Int($0.clock.from.rawValue) })
        let confinement = work.program.confinement
        fields.add(confinement.libraries)
        fields.add(confinement.memoryLimit)
        fields.add(confinement.output != nil)
        fields.add(confinement.errorOutput != nil)
        fields.add(confinement.onError != nil)
        fields.add(Int(confinement.watchdog?.nanoseconds ?? 0))
        let trace = Trace.shared?.settings
        for path in trace?.paths ?? [nil, nil, nil] { fields.add(path) }
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
