import ArgumentParser
import Bridge
import Cluster
import Foundation
import JobsCore

/// Where the machines meet that share the times of their jobs.
struct ClusterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Share the times with the runners of other machines, at nats://host:4222. Default: LUACONC_JOBS_CLUSTER.",
            valueName: "url"))
    var cluster: String?
    @Option(help: ArgumentHelp("What those have in common that share times. Default: jobs.", valueName: "name"))
    var clusterName: String?
    @Option(help: ArgumentHelp("The file of a user's credentials.", valueName: "file"))
    var clusterCreds: String?
    @Option(help: ArgumentHelp("The file of the certificates that vouch for the servers.", valueName: "file"))
    var clusterCa: String?
    @Option(help: ArgumentHelp("On how many servers the times are kept, 1 to 5. Default: 1.", valueName: "n"))
    var clusterReplicas: Int?
    @Flag(help: "A server on another machine may do without authentication and encryption.")
    var clusterInsecure = false

    func validate() throws {
        guard (1...5).contains(clusterReplicas ?? 1) else {
            throw ValidationError("--cluster-replicas: 1 to 5 is expected")
        }
        let isOfUse = url != nil || [clusterName, clusterCreds, clusterCa].allSatisfy { $0 == nil }
        guard isOfUse, url != nil || (clusterReplicas == nil && !clusterInsecure) else {
            throw ValidationError("--cluster-… is of use only with --cluster, or LUACONC_JOBS_CLUSTER")
        }
    }

    private var url: String? {
        let usual = ProcessInfo.processInfo.environment["LUACONC_JOBS_CLUSTER"] ?? ""
        return cluster ?? (usual.isEmpty ? nil : usual)
    }

    /// Nil: there is no cluster.
    func settings() throws(Refusal) -> SharedSchedule.Settings? {
        guard let url else { return nil }
        do throws(ScriptError) {
            return try SharedSchedule.Settings(
                url: url, name: clusterName ?? "jobs", machine: History.Run.machine, credentials: clusterCreds,
                authority: clusterCa, replicas: clusterReplicas ?? 1, isInsecure: clusterInsecure)
        } catch {
            throw Refusal("\(error.message)", status: 2)
        }
    }
}
