//! What an operator publishes, fetched for the terminal.

use jol_core::operator::wire::Base64;
use jol_core::ticket::{Issuer, Root};
use serde::Deserialize;
use std::path::Path;
use std::time::Duration;

/// How long an operator is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why an operator cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// This is neither an address nor a file that says one.
    #[error("{name}: {why}")]
    Operator {
        /// What was given.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nobody reads what is printed.
    #[error("{0}")]
    Say(#[from] std::io::Error),
    /// It does not answer, or refuses.
    #[error("{address}: {why}")]
    Answer {
        /// What was asked.
        address: String,
        /// Why there is no answer.
        why: String,
    },
}

/// Where an operator is, and its root if that is known.
#[derive(Clone, Debug)]
pub struct Operator {
    /// Its address.
    pub address: String,
    /// Its root.
    pub root: Option<Root>,
}

/// The line that `jol operator` prints.
#[derive(Deserialize)]
struct Listening {
    listening: String,
    issuer: String,
    root: Base64,
}

impl Operator {
    /// An operator by its address, or by a file with the line that `jol operator` printed.
    ///
    /// # Errors
    /// [`AskError::Operator`].
    pub fn named(name: &str) -> Result<Operator, AskError> {
        if name.starts_with("http://") || name.starts_with("https://") {
            return Ok(Operator { address: name.trim_end_matches('/').to_owned(), root: None });
        }
        let bad = |why: String| AskError::Operator { name: name.to_owned(), why };
        let line = std::fs::read(Path::new(name)).map_err(|error| bad(error.to_string()))?;
        let line: Listening = serde_json::from_slice(&line).map_err(|error| bad(error.to_string()))?;
        let root = root_of(&line.issuer, &line.root).ok_or_else(|| bad("its root is no key".to_owned()))?;
        Ok(Operator { address: line.listening, root: Some(root) })
    }

    /// What stands at a path. Plain HTTP goes to this machine only.
    ///
    /// # Errors
    /// [`AskError`].
    pub fn get(&self, path: &str, token: Option<&str>) -> Result<Vec<u8>, AskError> {
        let address = format!("{}{path}", self.address);
        let bad = |why: String| AskError::Answer { address: address.clone(), why };
        let url = reqwest::Url::parse(&address).map_err(|error| bad(error.to_string()))?;
        let is_here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        if url.scheme() != "https" && !is_here {
            return Err(bad("plain HTTP goes nowhere but to this machine".to_owned()));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| bad(error.to_string()))?;
        runtime.block_on(async {
            let client = client().map_err(&bad)?;
            let mut request = client.get(url);
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            let answer = request.send().await.map_err(|error| bad(error.to_string()))?;
            let status = answer.status();
            let body = answer.bytes().await.map_err(|error| bad(error.to_string()))?;
            match status.is_success() {
                true => Ok(body.to_vec()),
                false => Err(bad(format!("{status}: {}", String::from_utf8_lossy(&body)))),
            }
        })
    }
}

/// For HTTPS under the roots of the web.
pub(crate) fn client() -> Result<reqwest::Client, String> {
    let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned();
    let roots = rustls::RootCertStore { roots: roots.collect() };
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider);
    let tls = tls.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    let tls = tls.with_root_certificates(roots).with_no_client_auth();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).timeout(PATIENCE);
    client.build().map_err(|error| error.to_string())
}

/// A root by its operator's code and its key.
pub fn root_of(issuer: &str, key: &Base64) -> Option<Root> {
    Some(Root { issuer: Issuer::new(issuer)?, public_key: key.0.as_slice().try_into().ok()? })
}
