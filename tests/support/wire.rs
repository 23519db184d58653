//! A way to a PostgreSQL server on which a COMMIT is kept back: as a server does
//! whose standby does not answer, it is carried out later, whether or not whoever
//! sent it is still there.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Nobody waits longer for a COMMIT.
const PATIENCE: Duration = Duration::from_secs(120);

/// The way, and what is kept back on it.
pub(crate) struct Wire {
    kept: Arc<Semaphore>,
    let_go: Arc<Semaphore>,
}

impl Wire {
    /// A way to the server that this head of a store file names, for as long as the
    /// test's runtime runs, and the head of one that takes it.
    pub(crate) async fn on(head: &str) -> (Self, String) {
        let (_, address) = head.split_once('@').expect("a user");
        let (address, _) = address.split_once('/').expect("a database");
        let server = address.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let own = listener.local_addr().expect("a port").port();
        let (kept, let_go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let wire = Self { kept: Arc::clone(&kept), let_go: Arc::clone(&let_go) };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.expect("a server");
                let (from_client, mut to_client) = client.into_split();
                let (mut from_server, to_server) = server.into_split();
                tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
                let gates = (Arc::clone(&kept), Arc::clone(&let_go));
                tokio::spawn(asked(from_client, to_server, gates));
            }
        });
        (wire, head.replace(address, &format!("127.0.0.1:{own}")))
    }

    /// A COMMIT is kept back.
    pub(crate) async fn keeps_one(&self) {
        let kept = tokio::time::timeout(PATIENCE, self.kept.acquire()).await;
        kept.expect("a COMMIT in time").expect("a wire").forget();
    }

    /// Lets every COMMIT through, now and from now on.
    pub(crate) fn let_go(&self) {
        self.let_go.add_permits(Semaphore::MAX_PERMITS);
    }
}

/// Hands on what a client asks. A COMMIT is prepared, then carried out: it is kept
/// back between the two.
async fn asked(
    mut client: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    (kept, let_go): (Arc<Semaphore>, Arc<Semaphore>),
) {
    let (mut said, mut prepared) = (vec![0; 1 << 16], false);
    while let Ok(length @ 1..) = client.read(&mut said).await {
        if prepared {
            kept.add_permits(1);
            let_go.acquire().await.expect("a wire").forget();
        }
        prepared = said[..length].windows(7).any(|word| word == b"COMMIT\0");
        if server.write_all(&said[..length]).await.is_err() {
            break;
        }
    }
}
