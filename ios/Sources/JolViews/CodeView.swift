import Foundation
import JolApp
import SwiftUI

/// A QR code, dark on light whatever the phone's appearance: many scanners read no other.
struct CodeView: View {
    let code: CodeMatrix
    let label: String
    @Environment(\.displayScale) private var scale

    var body: some View {
        Canvas(opaque: true) { [code, scale] context, size in
            var dark = Path()
            for rectangle in code.rectangles(side: min(size.width, size.height), scale: scale) {
                dark.addRect(rectangle)
            }
            context.fill(Path(CGRect(origin: .zero, size: size)), with: .color(.white))
            context.fill(dark, with: .color(.black))
        }
        .aspectRatio(1, contentMode: .fit)
        .accessibilityIgnoresInvertColors()
        .accessibilityElement()
        .accessibilityLabel(Text(verbatim: label))
    }
}
