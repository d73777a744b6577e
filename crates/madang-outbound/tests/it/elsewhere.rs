//! Callers that do not run on tokio: a plain executor awaits a call that a runtime makes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::{
    FutureExt,
    executor::{LocalPool, block_on},
    future::{AbortHandle, Abortable},
    task::LocalSpawnExt,
};
use madang_outbound::{GatewayLimits, Network, Outbound, Reach};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    runtime::{Builder, Runtime},
    sync::oneshot,
};

use crate::plain::Plain as _;
use crate::scripted::{caller, get, read_request, told};

const DEADLINE: Duration = Duration::from_secs(100);

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap()
}

fn gateway(runtime: &Runtime) -> Outbound {
    Outbound::new(
        runtime.handle().clone(),
        Network::system(crate::scripted::chance(), crate::scripted::wall_clock()),
        GatewayLimits::default(),
    )
}

#[test]
fn a_call_is_made_from_another_executor() {
    let runtime = runtime();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_request(&mut stream, 0).await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            .await
            .unwrap();
    });
    let granted = caller(&[(&origin, Reach::Loopback)]);
    let result = block_on(gateway(&runtime).send(&granted, get(&origin), DEADLINE));
    assert_eq!(told(&result), "200 ok");
}

#[test]
fn letting_go_in_another_executor_closes_the_socket() {
    let runtime = runtime();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let (arrived, arrival) = oneshot::channel();
    let server = runtime.spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_request(&mut stream, 0).await;
        arrived.send(()).unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });

    let gateway = gateway(&runtime);
    let granted = caller(&[(&origin, Reach::Loopback)]);
    let (let_go, registration) = AbortHandle::new_pair();
    let mut pool = LocalPool::new();
    let call = async move { gateway.send(&granted, get(&origin), DEADLINE).await };
    let call = pool
        .spawner()
        .spawn_local_with_handle(Abortable::new(call, registration))
        .unwrap();
    pool.run_until_stalled();
    runtime.block_on(arrival).unwrap();
    let_go.abort();
    assert!(pool.run_until(call).is_err(), "the call was let go");
    runtime.block_on(server).unwrap();
}

#[test]
fn a_runtime_that_stops_ends_the_call() {
    let runtime = runtime();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let granted = caller(&[(&origin, Reach::Loopback)]);
    let gateway = gateway(&runtime);
    runtime.shutdown_background();
    let result = block_on(gateway.send(&granted, get(&origin), DEADLINE));
    assert_eq!(
        told(&result),
        "the gateway stopped under the call (Unknown)"
    );
}

/// Also when the work was over before anybody waited: what the machine did in between must not show in virtual time.
#[test]
fn an_answer_that_was_waited_for_is_there() {
    let runtime = runtime();
    let gateway = gateway(&runtime);
    for number in 0..20_000 {
        let is_nearly_over = Arc::new(AtomicBool::new(false));
        let told = is_nearly_over.clone();
        let carried = gateway.carry(async move {
            told.store(true, Ordering::Release);
            number
        });
        while !is_nearly_over.load(Ordering::Acquire) {
            std::hint::spin_loop();
        }
        gateway.wait_until_answered();
        let answer = carried.now_or_never().expect("its answer is there");
        assert_eq!(answer.expect("carried to its end"), number);
    }
}
