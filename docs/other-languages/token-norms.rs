// SPDX-FileCopyrightText: The transect authors
// SPDX-License-Identifier: MIT
// token-norms.rs - how long the vectors of the residual stream are, by layer,
// as a plugin in Rust, without any crate.
mod transect;

use std::ffi::CString;
use std::os::raw::{c_int, c_void};
use transect::*;

struct Norms {
    ctx: *mut Ctx,
    host: &'static Host,
    rows: i64,
    sum: Vec<f64>, // by layer, over the positions of all samples
}

unsafe extern "C" fn on_event(state: *mut c_void, event: *const Event) -> c_int {
    let norms = &mut *(state as *mut Norms);
    let event = &*event;

    for i in 0..event.view.rows {
        let row = event.view.row(i);
        let squares: f64 = row.iter().map(|&x| x as f64 * x as f64).sum();

        norms.sum[event.layer as usize] += squares.sqrt();
    }
    if event.layer == 0 {
        norms.rows += event.view.rows;
    }
    OK
}

unsafe extern "C" fn create(
    ctx: *mut Ctx,
    host: *const Host,
    state: *mut *mut c_void,
) -> c_int {
    let norms = Norms { ctx, host: &*host, rows: 0, sum: Vec::new() };

    *state = Box::into_raw(Box::new(norms)) as *mut c_void;
    OK
}

unsafe extern "C" fn ready(state: *mut c_void, model: *const Model) -> c_int {
    let norms = &mut *(state as *mut Norms);
    let subscription = Subscription {
        size: std::mem::size_of::<Subscription>() as u32,
        point: RESID_POST,
        flags: 0,
        layers: std::ptr::null(),
        n_layers: 0,
        heads: std::ptr::null(),
        n_heads: 0,
        first_position: 0,
        n_positions: 0,
        on_event: Some(on_event),
        user: std::ptr::null_mut(),
        position: std::ptr::null(),
    };

    norms.sum = vec![0.0; (*model).n_layer as usize];
    (norms.host.subscribe)(norms.ctx, &subscription)
}

unsafe extern "C" fn finish(state: *mut c_void, _: *const c_void) -> c_int {
    let norms = &*(state as *const Norms);
    let host = norms.host;
    let columns = [
        Column { name: text(b"layer\0"), kind: COL_INT, role: COL_KEY },
        Column { name: text(b"norm\0"), kind: COL_REAL, role: COL_METRIC },
    ];
    let table = (host.table)(norms.ctx, text(b"norms\0"), columns.as_ptr(), 2);

    for (layer, sum) in norms.sum.iter().enumerate() {
        (host.put_int)(table, layer as i64);
        (host.put_real)(table, sum / norms.rows as f64);
    }
    // Functions of texts as they stand need no variable arguments.
    if let Ok(found) = CString::new(format!("{} layers", norms.sum.len())) {
        (host.say_text)(norms.ctx, found.as_ptr());
    }
    OK
}

unsafe extern "C" fn destroy(state: *mut c_void) {
    drop(Box::from_raw(state as *mut Norms));
}

static POINTS: [i32; 1] = [RESID_POST];

static PLUGIN: Descriptor = Descriptor(Plugin {
    magic: MAGIC,
    size: std::mem::size_of::<Plugin>() as u32,
    abi_major: ABI_MAJOR,
    abi_minor: ABI_MINOR,
    name: text(b"token-norms\0"),
    summary: text(b"how long the vectors of the residual stream are\0"),
    version: text(b"1\0"),
    licence: text(b"MIT\0"),
    options: std::ptr::null(),
    n_options: 0,
    option_size: 0,
    capabilities: CAP_THREADS,
    n_points: 1,
    points: POINTS.as_ptr(),
    create,
    ready,
    begin: None,
    end: None,
    finish: Some(finish),
    destroy: Some(destroy),
    compare: None,
    user: std::ptr::null_mut(),
});

#[no_mangle]
pub extern "C" fn transect_plugin_describe() -> *const Plugin {
    &PLUGIN.0
}
