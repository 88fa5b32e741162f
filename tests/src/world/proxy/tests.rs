use super::*;
use std::io::ErrorKind;
use std::net::TcpStream as Stream;

/// An operator that says everything back until the phone hangs up.
fn echo() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            std::thread::spawn(move || {
                let mut from = stream.try_clone().expect("the same");
                std::io::copy(&mut from, &mut stream)
            });
        }
    });
    address
}

/// What a phone reads that says this, and how it ends: hung up in order, or an error.
fn said(proxy: &Proxy, say: &[u8], wait_for: usize) -> (Vec<u8>, Option<ErrorKind>) {
    let mut phone = Stream::connect(proxy.address).expect("the proxy");
    _ = phone.write_all(say);
    let (mut heard, mut chunk) = (Vec::new(), [0; 100]);
    while heard.len() < wait_for {
        match phone.read(&mut chunk) {
            Ok(0) => return (heard, None),
            Ok(bytes) => heard.extend_from_slice(&chunk[..bytes]),
            Err(error) => return (heard, Some(error.kind())),
        }
    }
    (heard, None)
}

#[test]
fn a_wire_says_what_was_said_in_whatever_pieces() {
    let proxy = Proxy::start(echo()).expect("a proxy");
    let text = vec![7; 70_000];
    assert_eq!(said(&proxy, &text, text.len()), (text.clone(), None));
    proxy.next(Fate { pieces: Some(1), ..Fate::default() });
    assert_eq!(said(&proxy, b"word", 4), (b"word".to_vec(), None));
    let carried = proxy.take_carried();
    assert_eq!((carried[1].up.as_slice(), carried[1].down.as_slice()), (&b"word"[..], &b"word"[..]));
}

#[test]
fn it_cuts_at_the_byte_in_order_or_at_once() {
    let proxy = Proxy::start(echo()).expect("a proxy");
    for (at, end) in [(0, End::Fin), (2, End::Fin), (3, End::Fin)] {
        proxy.next(Fate::of(Way::Down, At::Byte(at), Event::Cut(end)));
        assert_eq!(said(&proxy, b"words", 5), (b"words"[..at as usize].to_vec(), None));
    }
    proxy.next(Fate::of(Way::Up, At::Byte(5), Event::Cut(End::Rst)));
    // What came up may have been answered before.
    let (_, how) = said(&proxy, b"words", 6);
    assert_eq!(how, Some(ErrorKind::ConnectionReset));
    assert_eq!(proxy.take_carried().last().map(|carried| carried.up.len()), Some(5));
}

#[test]
fn it_doubles_what_passed() {
    let proxy = Proxy::start(echo()).expect("a proxy");
    proxy.next(Fate::of(Way::Up, At::Byte(3), Event::Double(2)));
    assert_eq!(said(&proxy, b"words", 7), (b"worords".to_vec(), None));
}

#[test]
fn what_is_held_goes_on_when_a_later_one_was_answered() {
    let proxy = Proxy::start(echo()).expect("a proxy");
    proxy.next(Fate::of(Way::Up, At::Byte(2), Event::Hold(Until::LaterOne)));
    let mut first = Stream::connect(proxy.address).expect("the proxy");
    first.write_all(b"first").expect("sent");
    let mut chunk = [0; 5];
    first.read_exact(&mut chunk[..2]).expect("what came before");
    assert_eq!(said(&proxy, b"later", 5), (b"later".to_vec(), None));
    first.read_exact(&mut chunk[2..]).expect("the rest");
    assert_eq!(&chunk, b"first");
}

#[test]
fn what_is_held_arrives_after_the_phone_hung_up() {
    let proxy = Proxy::start(echo()).expect("a proxy");
    proxy.next(Fate::of(Way::Up, At::Byte(0), Event::Hold(Until::PhoneGone)));
    let mut holding = proxy.holding();
    let mut phone = Stream::connect(proxy.address).expect("the proxy");
    phone.write_all(b"late").expect("sent");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async { holding.wait_for(|phones| *phones == 1).await.map(|_| ()) }).expect("held");
    drop(phone);
    runtime.block_on(async { holding.wait_for(|phones| *phones == 0).await.map(|_| ()) }).expect("gone");
    // Later than that the operator hears of it, and answers.
    let came = (0..1_000).any(|_| {
        said(&proxy, b"x", 1);
        proxy.shared.lock().carried[0].down == b"late"
    });
    assert!(came);
}

#[test]
fn a_liar_is_heard_in_place_of_the_operator() {
    let proxy = Proxy::start(echo()).expect("a proxy");
    let lie: Lie = |said| said.starts_with(b"pay").then(|| b"no".to_vec());
    proxy.next(Fate { lie: Some(lie), ..Fate::default() });
    assert_eq!(said(&proxy, b"pay me", 6), (b"no".to_vec(), None));
    assert_eq!(proxy.take_carried()[0].down, b"pay me", "the operator was asked");
}

#[test]
fn records_are_counted_by_their_headers() {
    let records = [&[22, 3, 3, 0, 2, 1, 1][..], &[23, 3, 3, 1, 0], &[0; 256], &[23, 3, 3, 0, 9]].concat();
    let carried = Carried { up: records.clone(), down: Vec::new() };
    assert_eq!((carried.records(Way::Up), carried.records(Way::Down)), (2, 0));
    let place = |at| {
        let mut position = Position::default();
        records
            .iter()
            .take_while(|byte| {
                !position.is_at(at) && {
                    position.pass(**byte);
                    true
                }
            })
            .count()
    };
    assert_eq!(place(At::Record { nth: 0, inside: 3 }), 3);
    assert_eq!(place(At::Record { nth: 0, inside: 99 }), 7, "at its end");
    assert_eq!(place(At::Record { nth: 1, inside: 0 }), 7);
    assert_eq!(place(At::Record { nth: 1, inside: 6 }), 13);
}

#[test]
fn a_seed_draws_every_fate() {
    let mut dice = Dice::new(1, "fates");
    let fates: Vec<Fate> = (0..2_000).map(|nth| Fate::draw(&mut dice, nth % 2 == 0)).collect();
    let some =
        |is: &dyn Fn(&(Way, At, Event)) -> bool| fates.iter().any(|fate| fate.event.as_ref().is_some_and(is));
    for way in [Way::Up, Way::Down] {
        for end in [End::Fin, End::Rst] {
            assert!(some(&|event| event.0 == way && event.2 == Event::Cut(end)));
        }
        for until in [Until::LetGo, Until::LaterOne, Until::PhoneGone] {
            assert!(some(&|event| event.0 == way && event.2 == Event::Hold(until)));
        }
        assert!(some(&|event| event.0 == way && matches!(event.2, Event::Double(_))));
        assert!(some(&|event| event.0 == way && matches!(event.1, At::Byte(1_000..))));
        assert!(some(&|event| event.0 == way && matches!(event.1, At::Record { nth: 3, .. })));
    }
    assert!(fates.iter().any(|fate| fate.event.is_none()) && fates.iter().any(|fate| fate.pieces.is_some()));
}
