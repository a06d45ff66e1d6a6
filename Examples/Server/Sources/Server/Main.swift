// A web server whose pages are functions of a Lua script.
//
//   Server SCRIPT.lua [PORT]
//
// SwiftNIO's event loops never run Lua: each request is a task in one of several runtimes, which have threads of their
// own. A page that waits holds up no other page; one that takes too long is ended, and its visitor is told.
import Bridge
import NIOCore
import NIOHTTP1
import NIOPosix

import func Glibc.fflush

@main
struct Host {
    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count > 1 else { return print("usage: Server SCRIPT.lua [PORT]") }
        let pages = try await Pages(script: words[1], runtimes: System.coreCount)
        let port = words.count > 2 ? Int(words[2]) ?? 8080 : 8080
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    return try NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>(
                        wrappingChannelSynchronously: channel)
                }
            }
        print("listening on http://127.0.0.1:\(server.channel.localAddress?.port ?? port)")
        fflush(nil)
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { connections in
                for try await connection in connections {
                    group.addTask { try? await serve(connection, pages) }
                }
            }
        }
    }

    /// Answers the requests of one connection, one after the other.
    static func serve(
        _ connection: NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>, _ pages: Pages
    ) async throws {
        try await connection.executeThenClose { inbound, outbound in
            var head: HTTPRequestHead?
            var body = ByteBuffer()
            for try await part in inbound {
                switch part {
                case .head(let begun):
                    head = begun
                    body.clear()
                case .body(var bytes):
                    guard body.readableBytes + bytes.readableBytes <= 1 << 20 else { return }  // too large
                    body.writeBuffer(&bytes)
                case .end:
                    guard let head else { return }
                    let reply = await pages.answer(Request(head, body: String(buffer: body)))
                    let bytes = ByteBuffer(string: reply.body)
                    var answer = HTTPResponseHead(version: head.version, status: .init(statusCode: reply.status ?? 200))
                    answer.headers.add(name: "content-type", value: reply.type ?? "text/plain; charset=utf-8")
                    answer.headers.add(name: "content-length", value: "\(bytes.readableBytes)")
                    try await outbound.write(.head(answer))
                    try await outbound.write(.body(.byteBuffer(bytes)))
                    try await outbound.write(.end(nil))
                    if !head.isKeepAlive { return }
                }
            }
        }
    }
}
