#if canImport(CoreLocation)
    import CoreLocation
    import Foundation
    import JolApp
    import JolCore

    /// The phone's receiver over CoreLocation.
    ///
    /// The app's Info.plist names `NSLocationWhenInUseUsageDescription` and `location` among its
    /// `UIBackgroundModes`.
    @MainActor public final class LocationReceiver: NSObject, Receiver, CLLocationManagerDelegate {
        private let manager = CLLocationManager()
        private var isAwake = false
        private var worksUnseen = false
        /// One that nobody has taken yet, and the time of the last one: iOS begins with those that it still knows.
        private var newest: Fix?
        private var takenMs: Int64 = 0
        private var waiting: CheckedContinuation<Fix?, Never>?
        private var asking: [CheckedContinuation<Void, Never>] = []

        /// For so long a fix is waited for.
        private static let patience = Duration.seconds(10)
        /// For a shorter rest it stays awake: waking takes as long.
        private static let briefMs: Int64 = 5_000

        /// Asleep.
        public override init() {
            super.init()
            manager.delegate = self
            manager.activityType = .otherNavigation
        }

        public func isAllowed() async -> Bool {
            if manager.authorizationStatus == .notDetermined {
                await withCheckedContinuation { answered in
                    asking.append(answered)
                    manager.requestWhenInUseAuthorization()
                }
            }
            return mayTell
        }

        public func worksUnseen(_ works: Bool) {
            worksUnseen = works
            // iOS ends an app that sets the first one without its Info.plist's leave.
            manager.allowsBackgroundLocationUpdates = works
            manager.showsBackgroundLocationIndicator = works
            manager.pausesLocationUpdatesAutomatically = !works
        }

        public func fix() async -> Fix? {
            guard mayTell else { return nil }
            manager.desiredAccuracy = kCLLocationAccuracyBest
            if !isAwake {
                isAwake = true
                manager.startUpdatingLocation()
            }
            if let fix = newest { return take(fix) }
            let patience = Task { [weak self] in
                try await Task.sleep(for: Self.patience, clock: .continuous)
                self?.answer(nil)
            }
            defer { patience.cancel() }
            return await withTaskCancellationHandler {
                await withCheckedContinuation { waiting in
                    self.waiting = waiting
                    if Task.isCancelled { answer(nil) }
                }
            } onCancel: {
                Task { @MainActor in self.answer(nil) }
            }
        }

        public func rest(forMs ms: Int64) async throws {
            newest = nil
            if ms >= Self.briefMs {
                // Who sleeps unseen is never woken again: there it dozes.
                if worksUnseen {
                    manager.desiredAccuracy = kCLLocationAccuracyThreeKilometers
                } else {
                    sleep()
                }
            }
            try await Task.sleep(for: .milliseconds(ms), clock: .continuous)
            // What came while it dozed is vague.
            if ms >= Self.briefMs { newest = nil }
        }

        public func sleep() {
            isAwake = false
            newest = nil
            manager.stopUpdatingLocation()
        }

        // iOS calls these on the thread on which the manager was made: the main one.

        nonisolated public func locationManager(
            _ manager: CLLocationManager, didUpdateLocations locations: [CLLocation]
        ) {
            guard let fix = locations.last.flatMap(Fix.init) else { return }
            MainActor.assumeIsolated { came(fix) }
        }

        nonisolated public func locationManager(
            _ manager: CLLocationManager, didFailWithError error: any Error
        ) {
            // It goes on looking.
        }

        nonisolated public func locationManagerDidChangeAuthorization(_ manager: CLLocationManager) {
            MainActor.assumeIsolated { answered() }
        }

        private var mayTell: Bool {
            let status = manager.authorizationStatus
            guard status == .authorizedWhenInUse || status == .authorizedAlways else { return false }
            return manager.accuracyAuthorization == .fullAccuracy
        }

        private func came(_ fix: Fix) {
            guard isAwake, fix.atMs > takenMs else { return }
            if waiting == nil { newest = fix } else { answer(take(fix)) }
        }

        private func take(_ fix: Fix) -> Fix {
            (newest, takenMs) = (nil, fix.atMs)
            return fix
        }

        private func answer(_ fix: Fix?) {
            waiting?.resume(returning: fix)
            waiting = nil
        }

        private func answered() {
            // iOS says so when the manager is made, too.
            guard manager.authorizationStatus != .notDetermined else { return }
            asking.forEach { $0.resume() }
            asking = []
        }
    }

    extension Fix {
        /// None if it is of nowhere.
        fileprivate init?(_ location: CLLocation) {
            guard location.horizontalAccuracy >= 0 else { return nil }
            self.init(
                atMs: Int64(location.timestamp.timeIntervalSince1970 * 1_000),
                point: Point(lat: location.coordinate.latitude, lon: location.coordinate.longitude),
                accuracyM: Float(location.horizontalAccuracy),
                speedMps: location.speed < 0 ? nil : Float(location.speed),
                bearingDeg: location.course < 0 ? nil : Float(location.course),
                mocked: location.sourceInformation?.isSimulatedBySoftware ?? false)
        }
    }
#endif
