import Foundation
import FoundationNetworking

/// A sandbox operator in a process of its own: `jol operator`. It ends with this object.
/// Nothing of it changes after it was started.
final class Sandbox: @unchecked Sendable {
    /// Where it answers, and what an app needs to trust it.
    let address: String
    let issuer: String
    let root: Data
    private let input = Pipe()

    struct Failure: Error {
        var why: String
    }

    /// Starts one whose time stands at this moment. Takes as long as it builds its city: some seconds.
    init(atMs: Int64) throws {
        let output = Pipe()
        let process = Process()
        process.executableURL =
            URL(filePath: #filePath)
            .appending(path: "../../../../target/release/jol").standardized
        process.arguments = ["operator", "--at", "\(atMs)", "--seed", "7"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { throw Failure(why: "the operator ended before it answered") }
            line += more
        }
        struct Started: Decodable {
            var listening: String
            var issuer: String
            var root: String
        }
        let started = try JSONDecoder().decode(Started.self, from: line)
        let base64 = started.root.replacing("-", with: "+").replacing("_", with: "/")
        guard let root = Data(base64Encoded: base64.padding(toLength: 44, withPad: "=", startingAt: 0)) else {
            throw Failure(why: "no root key: \(started.root)")
        }
        (address, issuer, self.root) = (started.listening, started.issuer, root)
    }

    deinit {
        // Its input's end is what it ends by.
        try? input.fileHandleForWriting.close()
    }

    /// Asks one of the sandbox's own controls.
    func get<Answer: Decodable & Sendable>(_ path: String, _ query: [String: String] = [:]) async throws
        -> Answer
    {
        guard var url = URLComponents(string: "\(address)/sandbox/\(path)") else {
            throw Failure(why: "no URL: \(path)")
        }
        url.queryItems = query.isEmpty ? nil : query.map { URLQueryItem(name: $0.key, value: $0.value) }
        // A plus sign is not escaped by URLComponents, and means a space.
        url.percentEncodedQuery = url.percentEncodedQuery?.replacing("+", with: "%2B")
        guard let url = url.url else { throw Failure(why: "no URL: \(path)") }
        let answer = try await send(URLRequest(url: url))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Answer.self, from: answer)
    }

    /// Tells one of them.
    func post(_ path: String, _ body: some Encodable) async throws {
        _ = try await call("POST", "sandbox/\(path)", JSONEncoder().encode(body))
    }

    /// No call of any phone is carried out any more.
    func losesTheNetwork() async throws {
        struct Fault: Encodable {
            let operation = "*"
            let kind = "drop_request"
            let times = 9_999
        }
        try await post("faults", Fault())
    }

    /// The network is there again.
    func findsTheNetwork() async throws { _ = try await call("DELETE", "sandbox/faults") }

    /// Whether the operator can sign tickets.
    func signsTickets(_ signs: Bool) async throws { try await post("tickets", ["signed": signs]) }

    /// The SIM of this number sends a text message; the answer.
    func sms(_ text: String, from number: String) async throws -> String {
        struct Answer: Decodable { var text: String }
        let message = ["from": number, "to": "9505", "text": text, "id": "m-\(text)"]
        let answer = try await call("POST", "sandbox/messages", JSONEncoder().encode(message))
        return try JSONDecoder().decode(Answer.self, from: answer).text
    }

    /// An office sells a card that is nobody's yet; its number.
    func cardSold(_ category: String, _ form: String) async throws -> String {
        struct Sold: Decodable { var number: String }
        let issue = ["category": category, "form": form]
        let sold = try await call("POST", "sandbox/cards", JSONEncoder().encode(issue))
        return try JSONDecoder().decode(Sold.self, from: sold).number
    }

    /// What came with a card.
    func cardCode(_ number: String) async throws -> String {
        let given = try await call("POST", "sandbox/cards/\(number)/code")
        return try JSONDecoder().decode(Message.self, from: given).code
    }

    /// A card is held to a bus's terminal.
    func tap(_ card: String, in vehicle: String, atMs: Int64) async throws {
        struct Tap: Encodable {
            var vehicle: String
            var card: String
            var at_ms: Int64
        }
        let body = try JSONEncoder().encode(Tap(vehicle: vehicle, card: card, at_ms: atMs))
        let headers = ["authorization": "Bearer sandbox-terminal", "idempotency-key": "tap-\(atMs)-\(card)"]
        _ = try await call("POST", "v1/taps", body, headers)
    }

    private func call(
        _ method: String, _ path: String, _ body: Data? = nil, _ headers: [String: String] = [:]
    ) async throws -> Data {
        guard let url = URL(string: "\(address)/\(path)") else { throw Failure(why: "no URL: \(path)") }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body
        request.allHTTPHeaderFields = headers.merging(["content-type": "application/json"]) { $1 }
        return try await send(request)
    }

    private func send(_ request: URLRequest) async throws -> Data {
        let (body, response) = try await URLSession.shared.data(for: request)
        guard (response as? HTTPURLResponse)?.statusCode == 200 else {
            throw Failure(why: "\(request.url?.path ?? ""): \(String(decoding: body, as: UTF8.self))")
        }
        return body
    }
}

/// Two addresses between which one changes.
struct SampleTrip: Decodable {
    var city: String
    var from: String
    var to: String
}

/// The last message to a number.
struct Message: Decodable {
    var code: String
}

/// What the phone of a passenger feels who waits at a stop, boards this trip's bus and rides.
struct FeltRide: Decodable {
    var vehicle: String
    var painted: String
    var boardsMs: Int64
    var terminusMs: Int64
    var fixes: [FeltFix]
}

/// One second of it.
struct FeltFix: Decodable {
    var atMs: Int64
    var lat: Double
    var lon: Double
    var accuracyM: Float
    var speedMps: Float?
    var bearingDeg: Float?
}

/// What hangs in a bus for passengers to scan.
struct BusSticker: Decodable {
    var code: String
}

/// What a bus's terminal shows now.
struct TerminalCode: Decodable {
    var code: String
}

/// What inspectors reported.
struct Inspections: Decodable {
    struct Check: Decodable {
        var ticket: String?
        var verdict: String
        var vehicle: String
    }

    var checks: [Check]
}
