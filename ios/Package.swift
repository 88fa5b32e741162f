// swift-tools-version: 6.0
import PackageDescription

// JolCoreFFI  the core as a C library
// JolCore     the core in Swift, written by bindings/generate
// JolApp      the models of the screens: no SwiftUI, so all of them run under test on Linux
// JolViews    SwiftUI. No Linux has it: there views are compiled against Stubs/, never run
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
    let stubs: [Target] = [
        .target(name: "SwiftUI", path: "Stubs/SwiftUI"),
        .target(name: "UIKit", path: "Stubs/UIKit"),
    ]
#else
    let core: Target = .binaryTarget(name: "JolCoreFFI", path: "JolCoreFFI.xcframework")
    let link: [LinkerSetting] = []
    let checks: [SwiftSetting] = []
    let stubs: [Target] = []
#endif

let package = Package(
    name: "Jol",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [.library(name: "Jol", targets: ["JolCore", "JolApp", "JolViews"])],
    targets: [
        core,
        .target(name: "JolCore", dependencies: ["JolCoreFFI"], linkerSettings: link),
        .target(name: "JolApp", dependencies: ["JolCore"], swiftSettings: checks),
        .target(
            name: "JolViews", dependencies: ["JolApp"] + stubs.map { .target(name: $0.name) },
            swiftSettings: checks),
        .testTarget(name: "JolCoreTests", dependencies: ["JolCore"], swiftSettings: checks),
        .testTarget(name: "JolAppTests", dependencies: ["JolApp"], swiftSettings: checks),
    ] + stubs,
    swiftLanguageModes: [.v6]
)
