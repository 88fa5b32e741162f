// What our views use of Apple's SwiftUI, to compile them on Linux. Nothing here runs.
//
// Signatures are Apple's, with fewer overloads on purpose: text is `Text(verbatim:)` alone,
// because every word comes from the core's catalogue and a literal in a view is a mistake.
import Foundation

// Views and how they are put together.

@MainActor @preconcurrency public protocol View {
    associatedtype Body: View
    @ViewBuilder @MainActor @preconcurrency var body: Body { get }
}

extension Never: View {
    public var body: Never { fatalError() }
}

/// A view of SwiftUI's own.
@MainActor @preconcurrency public protocol Leaf: View where Body == Never {}

extension Leaf {
    public var body: Never { fatalError() }
}

extension Optional: View where Wrapped: View {
    public var body: Never { fatalError() }
}

public struct TupleView<Views>: Leaf {}

public struct ConditionalContent<First: View, Second: View>: Leaf {}

@resultBuilder public enum ViewBuilder {
    public static func buildExpression<Content: View>(_ content: Content) -> Content { content }
    public static func buildBlock<Content: View>(_ content: Content) -> Content { content }
    public static func buildBlock<each Content: View>(
        _ content: repeat each Content
    ) -> TupleView<(repeat each Content)> { fatalError() }
    public static func buildIf<Content: View>(_ content: Content?) -> Content? { content }
    public static func buildEither<A: View, B: View>(first: A) -> ConditionalContent<A, B> { fatalError() }
    public static func buildEither<A: View, B: View>(second: B) -> ConditionalContent<A, B> { fatalError() }
}

@MainActor @preconcurrency public protocol ViewModifier {
    associatedtype Body: View
    typealias Content = ModifiedContent
    @ViewBuilder func body(content: Content) -> Body
}

public struct ModifiedContent: Leaf {}

// State.

@propertyWrapper public struct State<Value> {
    public init(wrappedValue: Value) {}
    public var wrappedValue: Value {
        get { fatalError() }
        nonmutating set {}
    }
}

extension State where Value: ExpressibleByNilLiteral {
    public init() {}
}

@propertyWrapper public struct Environment<Value> {
    public init(_ key: KeyPath<EnvironmentValues, Value>) {}
    public var wrappedValue: Value { fatalError() }
}

public struct EnvironmentValues {
    public var displayScale: CGFloat { fatalError() }
    public var scenePhase: ScenePhase { fatalError() }
    public var accessibilityReduceMotion: Bool { fatalError() }
}

public enum ScenePhase: Sendable { case background, inactive, active }

// Layout and text.

public struct HorizontalAlignment: Sendable {
    public static let center = Self()
    public static let leading = Self()
}

public struct VerticalAlignment: Sendable {
    public static let center = Self()
}

public struct Alignment: Sendable {
    public static let center = Self()
    public static let leading = Self()
    public static let trailing = Self()
}

public struct VStack<Content: View>: Leaf {
    public init(
        alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content
    ) {}
}

public struct HStack<Content: View>: Leaf {
    public init(
        alignment: VerticalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content
    ) {}
}

public struct ScrollView<Content: View>: Leaf {
    public init(@ViewBuilder content: () -> Content) {}
}

public struct ForEach<Data: RandomAccessCollection, ID: Hashable, Content: View>: Leaf {
    public init(
        _ data: Data, id: KeyPath<Data.Element, ID>, @ViewBuilder content: @escaping (Data.Element) -> Content
    ) {}
}

public struct Text: Leaf {
    public init(verbatim: String) {}
    public func strikethrough(_ isActive: Bool = true) -> Text { self }
}

public struct Link<Label: View>: Leaf {
    public init(destination: URL, @ViewBuilder label: () -> Label) {}
}

public struct Button<Label: View>: Leaf {
    public init(action: @escaping @MainActor () -> Void, @ViewBuilder label: () -> Label) {}
}

public protocol Transferable {}

extension String: Transferable {}

public struct PasteButton: Leaf {
    public init<T: Transferable>(payloadType: T.Type, onPaste: @escaping ([T]) -> Void) {}
}

public struct AccessibilityChildBehavior: Sendable {
    public static let ignore = Self()
    public static let combine = Self()
}

public struct Font: Sendable {
    public enum Weight: Sendable { case bold }
    public static let headline = Font()
    public static let title = Font()
    public static func system(size: CGFloat, weight: Weight? = nil) -> Font { Font() }
}

// Drawing.

public struct Color: Sendable {
    public static let black = Color()
    public static let white = Color()
    public init() {}
    public init(red: Double, green: Double, blue: Double, opacity: Double = 1) {}
}

extension Color: Leaf {}

public struct Path: Sendable {
    public init() {}
    public init(_ rectangle: CGRect) {}
    public mutating func addRect(_ rectangle: CGRect) {}
}

public struct GraphicsContext {
    public struct Shading: Sendable {
        public static func color(_ color: Color) -> Shading { Shading() }
    }
    public func fill(_ path: Path, with shading: Shading) {}
}

public struct Canvas: Leaf {
    public init(opaque: Bool = false, renderer: @escaping (inout GraphicsContext, CGSize) -> Void) {}
}

// Motion.

public struct Animation: Sendable {
    public static func linear(duration: TimeInterval) -> Animation { Animation() }
    public func repeatForever(autoreverses: Bool = true) -> Animation { self }
}

@MainActor public func withAnimation<Result>(
    _ animation: Animation?, _ body: () throws -> Result
) rethrows -> Result { try body() }

// Modifiers.

public enum ContentMode: Sendable { case fit }

extension View {
    public func modifier<Modifier: ViewModifier>(_ modifier: Modifier) -> some View { self }
    public func padding(_ length: CGFloat) -> some View { self }
    public func frame(maxWidth: CGFloat? = nil, alignment: Alignment = .center) -> some View { self }
    public func background(_ color: Color) -> some View { self }
    public func foregroundStyle(_ color: Color) -> some View { self }
    public func aspectRatio(_ ratio: CGFloat? = nil, contentMode: ContentMode) -> some View { self }
    public func font(_ font: Font?) -> some View { self }
    public func lineLimit(_ lines: Int?) -> some View { self }
    public func minimumScaleFactor(_ factor: CGFloat) -> some View { self }
    public func opacity(_ opacity: Double) -> some View { self }
    public func onAppear(perform action: (() -> Void)? = nil) -> some View { self }
    public func onDisappear(perform action: (() -> Void)? = nil) -> some View { self }
    public func onChange<V: Equatable>(
        of value: V, initial: Bool = false, _ action: @escaping () -> Void
    ) -> some View { self }
    public func task(
        priority: TaskPriority = .userInitiated,
        @_inheritActorContext _ action: @escaping @Sendable () async -> Void
    ) -> some View { self }
    public func accessibilityElement(children: AccessibilityChildBehavior = .ignore) -> some View { self }
    public func accessibilityLabel(_ label: Text) -> some View { self }
    public func accessibilityIgnoresInvertColors(_ ignores: Bool = true) -> some View { self }
}
