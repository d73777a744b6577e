//! A receiver that takes a message at once and lets its answer drip.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use futures::future::BoxFuture;
use madang_journal::{Micros, OutboxId, OutboxMessage, ShopId};
use madang_outbound::{
    Connection, Dial, GatewayLimits, Network, Outbound, Resolve, Roots, SeededChance, WallClock,
};
use madang_outbox::{Deliver, Outcome, Surroundings};
use madang_webhook::{Poster, Secret, Webhook};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, duplex},
    runtime::Handle,
    time::{Instant, sleep},
};

struct Dripping;

#[async_trait]
impl Dial for Dripping {
    async fn dial(&self, _: SocketAddr) -> io::Result<Box<dyn Connection>> {
        let (ours, mut theirs) = duplex(64 * 1024);
        tokio::spawn(async move {
            theirs.read(&mut [0; 64 * 1024]).await?;
            let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n";
            theirs.write_all(head).await?;
            loop {
                sleep(Duration::from_millis(500)).await;
                theirs.write_all(b"x").await?;
            }
            #[expect(unreachable_code, reason = "names the type of what `?` gives")]
            io::Result::Ok(())
        });
        Ok(Box::new(ours))
    }
}

#[async_trait]
impl Resolve for Dripping {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// Tokio's time, from the epoch on.
struct Time(Instant);

impl madang_outbox::Clock for Time {
    fn now(&self) -> Micros {
        Micros::new(i64::try_from(self.0.elapsed().as_micros()).expect("a short test"))
    }

    fn sleep_until(&self, at: Micros) -> BoxFuture<'static, ()> {
        let at = Duration::from_micros(u64::try_from(at.get()).expect("not before the epoch"));
        Box::pin(tokio::time::sleep_until(self.0 + at))
    }
}

impl madang_outbox::Chance for Time {
    fn number(&self) -> u64 {
        7
    }
}

impl WallClock for Time {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_is_delivered_once_its_receiver_says_so() {
    let time = Arc::new(Time(Instant::now()));
    let network = Network {
        resolve: Arc::new(Dripping),
        dial: Arc::new(Dripping),
        roots: Roots::Only(Vec::new()),
        chance: Arc::new(SeededChance::from_seed([7; 32])),
        wall_clock: time.clone(),
    };
    let outbound = Outbound::new(Handle::current(), network, GatewayLimits::default());
    let hook = Webhook::parse("http://192.168.0.20/hook").expect("an address");
    let destination = hook.destination().to_owned();
    let secret = Secret::new("a secret of this test").expect("long enough");
    let surroundings = Surroundings {
        clock: time.clone(),
        chance: time.clone(),
    };
    let poster = Poster::new(&outbound, hook, secret, surroundings).expect("a way");
    let message = OutboxMessage {
        id: OutboxId::new(1),
        shop: ShopId::new("cafe").expect("a name"),
        destination,
        group: "order/1".into(),
        key: "1-1-0.12345678".into(),
        body: "{}".into(),
        next_at: Micros::new(0),
        expires_at: Micros::new(i64::MAX),
        attempts: 0,
        last_error: None,
        aside_at: None,
    };
    assert_eq!(poster.deliver(&message).await, Outcome::Acknowledged);
    assert!(
        time.0.elapsed() <= Duration::from_secs(1),
        "{:?}",
        time.0.elapsed()
    );
    // The socket is closed by the gateway's own task.
    while outbound.in_flight() > 0 {
        tokio::task::yield_now().await;
    }
}
