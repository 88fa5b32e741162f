//! The app talks TLS to an operator under the root in its list; any other root or open HTTP is refused.

use jol_core::jol::JolError;
use jol_headless::sandbox::data::OperatorData;
use jol_headless::story::{Scene, tell};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use std::sync::Arc;

/// A root of one's own (DER), and a server's configuration with a certificate under it.
fn authority(name: &str) -> (Vec<u8>, Arc<rustls::ServerConfig>) {
    let mut root = CertificateParams::new(Vec::new()).expect("parameters");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.distinguished_name.push(rcgen::DnType::CommonName, name);
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().expect("a key")).expect("a root");
    let server_key = KeyPair::generate().expect("a key");
    let server = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
    let server = server.signed_by(&server_key, &root).expect("a certificate");
    let key = PrivateKeyDer::try_from(server_key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![server.der().clone()], key)
        .expect("a configuration");
    (root.der().to_vec(), Arc::new(config))
}

#[test]
fn tls() {
    tell(module_path!(), |story| {
        let (root, config) = authority("a root for tests");
        let (other_root, _) = authority("somebody else's root");
        let scene = Scene::open_with(story, Some(config), |_: &mut OperatorData| ());
        let mut opening = scene.opening("under its root");
        assert!(opening.operator.address.starts_with("https://"));
        opening.operator.tls_root = Some(root.clone());
        let aru = scene.newcomer_with("+77771234567", opening.clone());
        aru.sign_up();
        aru.quote_and_pay("0547");
        aru.was_charged(1, 100);

        // Under another root, and under the roots of the web, nobody answers.
        for tls_root in [Some(other_root), None] {
            let mut opening = scene.opening(if tls_root.is_some() { "other root" } else { "web roots" });
            opening.operator.tls_root = tls_root;
            let refused = scene.newcomer_with("+77001234567", opening);
            assert!(refused.settle() > 0, "everything waits");
            assert_eq!(refused.jol.operator(), Ok(None), "nothing was believed");
            refused.jol.close();
        }
        // A root that is no certificate, and open HTTP to another machine: the app does not even begin.
        let mut broken = scene.opening("broken root");
        broken.operator.tls_root = Some(b"no certificate".to_vec());
        let mut open = scene.opening("open http");
        open.operator.address = "http://operator.example/".to_owned();
        for opening in [broken, open] {
            let refused = scene.start_app(&opening, &aru.clock).map(|_| ());
            assert!(matches!(refused, Err(JolError::Internal { .. })), "{refused:?}");
        }
    });
}
