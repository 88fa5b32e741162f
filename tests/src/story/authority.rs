use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

/// A root certificate of one's own, and a server's certificate under it for this machine.
#[derive(Clone)]
pub struct Authority {
    /// The root, DER.
    pub root: Vec<u8>,
    /// What the server is configured with.
    pub config: Arc<rustls::ServerConfig>,
}

impl Authority {
    /// A new one of this name.
    ///
    /// # Panics
    /// If a certificate cannot be made.
    pub fn new(name: &str) -> Authority {
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
        Authority { root: root.der().to_vec(), config: Arc::new(config) }
    }

    /// Speaks TLS on this connection, to whoever has a certificate under this root.
    pub(super) fn speak(&self, stream: TcpStream) -> impl Read + Write + use<> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from(self.root.clone())).expect("a root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("127.0.0.1").expect("a name");
        let connection = rustls::ClientConnection::new(Arc::new(config), name).expect("a connection");
        rustls::StreamOwned::new(connection, stream)
    }
}
