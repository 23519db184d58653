//! The pages that a mail's links lead to, served as the daemon serves them and
//! asked over HTTP; and everything the catalogue holds, to be compared.

use std::net::SocketAddr;
use std::sync::Arc;

use retaind::catalogue::CatalogueUrl;
use retaind::clock::{Clock as _, SystemClock};
use retaind::config::Config;
use retaind::console::{self, Site, Turn};
use retaind::http::{self, Readiness};
use retaind::notices::{self, Kind, Payload};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::council::Council;

/// Where pages are served until this is dropped.
pub(crate) struct Pages {
    address: SocketAddr,
    /// What they are made with from now on.
    pub(crate) config: watch::Sender<Arc<Config>>,
    cancel: CancellationToken,
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// Status, headers and body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Pages {
    /// Of this council, at its time.
    pub(crate) async fn of(council: &Council) -> Self {
        let open = council.open().await;
        let cancel = CancellationToken::new();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (config, in_force) = watch::channel(open.config);
        let router = console::router(Site {
            config: in_force,
            catalogue: open.catalogue,
            keys: open.keys,
            clock: Arc::new(council.clock.clone()),
            turn: Turn::default(),
        });
        tokio::spawn(http::serve(listener, vec![router], Readiness::default(), cancel.clone()));
        Self { address, config, cancel }
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        self.send_with(method, path, "", body).await
    }

    /// With more headers, each with its line's end.
    pub(crate) async fn send_with(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> Answer {
        let mut stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        let ask = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}content-type: \
             application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(ask.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    /// What the page of this link sends back, whatever the answer.
    pub(crate) async fn form(&self, path: &str) -> String {
        let page = self.send("GET", path, "").await;
        assert_eq!(page.status, 200, "{}", page.body);
        let hidden = |name: &str| {
            let mark = format!("name=\"{name}\" value=\"");
            let from = page.body.find(&mark).expect("a form") + mark.len();
            page.body[from..].split('"').next().unwrap().to_owned()
        };
        format!("form={}&digest={}", hidden("form"), hidden("digest"))
    }
}

/// The link in the notice of this kind to this person, or, where they were told
/// of none, in one to another as if it had been written to them.
pub(crate) async fn link_of(council: &Council, kind: Kind, recipient: &str) -> String {
    use retaind::catalogue::entity::notice;
    use retaind::catalogue::words::NoticeState;
    let open = council.open().await;
    let of_kind = notice::Entity::find().filter(notice::Column::Kind.eq(kind));
    let told = of_kind.all(open.catalogue.read()).await.unwrap();
    let asks = |row: &notice::Model| {
        let said: Payload = serde_json::from_value(row.payload.clone()).unwrap();
        notices::link::Claim::of(&open.keys, row, &said).map(|(claim, _)| claim.path(&open.keys))
    };
    let theirs = told.iter().filter(|row| row.recipient == recipient);
    if let Some(link) = theirs.rev().find_map(asks) {
        return link;
    }
    let another = told.iter().rfind(|row| asks(row).is_some());
    let row = notice::Model {
        id: SystemClock.new_id(),
        recipient: recipient.to_owned(),
        state: NoticeState::Sent,
        ..another.unwrap_or_else(|| panic!("no {kind}")).clone()
    };
    let tx = open.catalogue.write_tx().await.unwrap();
    let new: notice::ActiveModel = row.clone().into();
    notice::Entity::insert(new).exec_without_returning(&*tx).await.unwrap();
    tx.commit().await.unwrap();
    asks(&row).expect("a link")
}

/// Every row of every table of the catalogue.
pub(crate) async fn contents(url: &CatalogueUrl) -> Vec<String> {
    match url {
        CatalogueUrl::Sqlite(path) => {
            let mut file = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
            let tables = "select name from sqlite_master where type = 'table' and name not like \
                          'sqlite_%' order by name";
            let mut rows = Vec::new();
            for table in sqlx::query(tables).fetch_all(&mut file).await.unwrap() {
                let table: String = table.get(0);
                let columns = format!("select name from pragma_table_info('{table}')");
                let columns = sqlx::query(AssertSqlSafe(columns)).fetch_all(&mut file).await;
                let quoted: Vec<String> = columns
                    .unwrap()
                    .iter()
                    .map(|column| format!("quote(\"{}\")", column.get::<String, _>(0)))
                    .collect();
                let all = format!("select {} from \"{table}\"", quoted.join(" || ',' || "));
                let all = sqlx::query(AssertSqlSafe(all)).fetch_all(&mut file).await.unwrap();
                let row =
                    |row: &sqlx::sqlite::SqliteRow| format!("{table}: {}", row.get::<String, _>(0));
                rows.extend(all.iter().map(row));
            }
            rows
        }
        CatalogueUrl::Postgres(options) => {
            let mut server = options.connect().await.unwrap();
            let tables = "select tablename::text from pg_tables where schemaname = \
                          current_schema() order by 1";
            let mut rows = Vec::new();
            for table in sqlx::query(tables).fetch_all(&mut server).await.unwrap() {
                let table: String = table.get(0);
                let all = format!("select row_to_json(t)::text from \"{table}\" t");
                let all = sqlx::query(AssertSqlSafe(all)).fetch_all(&mut server).await.unwrap();
                let row =
                    |row: &sqlx::postgres::PgRow| format!("{table}: {}", row.get::<String, _>(0));
                rows.extend(all.iter().map(row));
            }
            rows
        }
    }
}
