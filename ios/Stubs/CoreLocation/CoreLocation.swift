// What our receiver uses of Apple's CoreLocation, to compile it on Linux. Nothing here runs.
import Foundation

public typealias CLLocationAccuracy = Double
public typealias CLLocationSpeed = Double
public typealias CLLocationDirection = Double

public let kCLLocationAccuracyBest: CLLocationAccuracy = -1
public let kCLLocationAccuracyThreeKilometers: CLLocationAccuracy = 3_000

public enum CLAuthorizationStatus: Sendable {
    case notDetermined, restricted, denied, authorizedAlways, authorizedWhenInUse
}

public enum CLAccuracyAuthorization: Sendable { case fullAccuracy, reducedAccuracy }

public enum CLActivityType: Sendable { case other, otherNavigation }

public struct CLLocationCoordinate2D: Sendable {
    public var latitude: Double
    public var longitude: Double
}

public final class CLLocationSourceInformation: NSObject, Sendable {
    public var isSimulatedBySoftware: Bool { fatalError() }
}

public final class CLLocation: NSObject, Sendable {
    public var coordinate: CLLocationCoordinate2D { fatalError() }
    public var horizontalAccuracy: CLLocationAccuracy { fatalError() }
    public var speed: CLLocationSpeed { fatalError() }
    public var course: CLLocationDirection { fatalError() }
    public var timestamp: Date { fatalError() }
    public var sourceInformation: CLLocationSourceInformation? { fatalError() }
}

public protocol CLLocationManagerDelegate: AnyObject {
    func locationManager(_ manager: CLLocationManager, didUpdateLocations locations: [CLLocation])
    func locationManager(_ manager: CLLocationManager, didFailWithError error: any Error)
    func locationManagerDidChangeAuthorization(_ manager: CLLocationManager)
}

open class CLLocationManager: NSObject {
    public weak var delegate: (any CLLocationManagerDelegate)?
    public var authorizationStatus: CLAuthorizationStatus { fatalError() }
    public var accuracyAuthorization: CLAccuracyAuthorization { fatalError() }
    public var desiredAccuracy: CLLocationAccuracy = kCLLocationAccuracyBest
    public var activityType = CLActivityType.other
    public var pausesLocationUpdatesAutomatically = true
    public var allowsBackgroundLocationUpdates = false
    public var showsBackgroundLocationIndicator = false
    public func requestWhenInUseAuthorization() {}
    public func startUpdatingLocation() {}
    public func stopUpdatingLocation() {}
}
