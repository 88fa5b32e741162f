// swift-tools-version: 6.0
import PackageDescription

// JolCoreFFI  the core as a C library
// JolCore     the core in Swift, written by bindings/generate
// JolApp      the models of the screens: no SwiftUI, so all of them run under test on Linux
// JolPhone    the phone's own: its key store, receiver and notifications
// JolViews    SwiftUI
//
// No Linux has what the last two call: there they are compiled against Stubs/, never run.
//
// JolCore.swift and JolCoreFFI.h are links into target/bindings/swift.

#if os(Linux)
    let library = Context.packageDirectory + "/../target/release"
    let core: Target = .systemLibrary(name: "JolCoreFFI")
    let link: [LinkerSetting] = [
        .unsafeFlags([
            "-L\(library)", "-Xlinker", "-rpath", "-Xlinker", library,
            // Swift 6.0's libswiftObservation.so wants a symbol that no library on Linux has.
            "-Xlinker", "--allow-shlib-undefined",
        ])
    ]
    let checks: [SwiftSetting] = [.unsafeFlags(["-warnings-as-errors"])]
    let phone = ["CoreLocation", "CryptoKit", "Security", "UserNotifications"]
    let views = ["SwiftUI", "UIKit"]
#else
    let core: Target = .binaryTarget(name: "JolCoreFFI", path: "JolCoreFFI.xcframework")
    let link: [LinkerSetting] = []
    let checks: [SwiftSetting] = []
    let phone: [String] = []
    let views: [String] = []
#endif

let package = Package(
    name: "Jol",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [.library(name: "Jol", targets: ["JolCore", "JolApp", "JolPhone", "JolViews"])],
    targets: [
        core,
        .target(name: "JolCore", dependencies: ["JolCoreFFI"], linkerSettings: link),
        .target(name: "JolApp", dependencies: ["JolCore"], swiftSettings: checks),
        .target(
            name: "JolPhone", dependencies: ["JolApp", "JolCore"] + phone.map { .target(name: $0) },
            swiftSettings: checks),
        .target(
            name: "JolViews", dependencies: ["JolApp"] + views.map { .target(name: $0) },
            swiftSettings: checks),
        .testTarget(name: "JolCoreTests", dependencies: ["JolCore"], swiftSettings: checks),
        .testTarget(name: "JolAppTests", dependencies: ["JolApp", "JolCore"], swiftSettings: checks),
    ] + (phone + views).map { .target(name: $0, path: "Stubs/\($0)") },
    swiftLanguageModes: [.v6]
)
