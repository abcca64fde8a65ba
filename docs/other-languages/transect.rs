// SPDX-FileCopyrightText: The transect authors
// SPDX-License-Identifier: MIT
// transect.rs - ABI 1.1 of <transect/plugin.h> for Rust: what an observer
// needs. Members that are not used are there, for the layout.
#![allow(dead_code)]

use std::os::raw::{c_char, c_int, c_void};

pub const MAGIC: u64 = 0x746365736e617274;
pub const ABI_MAJOR: u16 = 1;
pub const ABI_MINOR: u16 = 1;

pub const OK: c_int = 0;
pub const FAILED: c_int = -1;

pub const DEBUG: i32 = 3; // of enum transect_level
pub const CAP_THREADS: u32 = 4; // events on any thread

pub const RESID_POST: i32 = 18; // of enum transect_point

pub const COL_INT: i32 = 0;
pub const COL_REAL: i32 = 1;
pub const COL_TEXT: i32 = 2;
pub const COL_KEY: i32 = 0;
pub const COL_METRIC: i32 = 1;
pub const COL_INFO: i32 = 2;

pub enum Ctx {}
pub enum Table {}

#[repr(C)]
pub struct View {
    pub data: *const f32,
    pub rows: i64,
    pub cols: i64,
    pub row_stride: i64,
    pub col_stride: i64,
}

impl View {
    /// Row i of an event's view, whose columns are side by side.
    pub fn row(&self, i: i64) -> &[f32] {
        assert!(i >= 0 && i < self.rows);
        unsafe {
            let start = self.data.offset((i * self.row_stride) as isize);
            std::slice::from_raw_parts(start, self.cols as usize)
        }
    }
}

#[repr(C)]
pub struct Model {
    pub size: u32,
    pub n_layer: i32,
    pub n_head: i32,
    pub n_kv_head: i32,
    pub d_head: i32,
    pub d_model: i32,
    pub d_mlp: i32,
    pub n_vocab: i32,
    pub n_context: i32,
    pub n_sample: i32,
    pub n_token: i32,
    pub n_slot: i32,
    pub family: *const c_char,
    pub norm_epsilon: f64,
    pub score_scale: f64,
    pub score_cap: f64,
    pub logit_cap: f64,
    pub rotary_base: f64,
    pub rotary_kind: i32,
    pub rotary_dims: i32,
    pub norm_kind: i32,
    pub traits: u32,
}

#[repr(C)]
pub struct Sample {
    pub size: u32,
    pub sample: i32,
    pub slot: i32,
    pub n_token: i32,
    pub tokens: *const i32,
}

#[repr(C)]
pub struct Event {
    pub size: u32,
    pub point: i32,
    pub layer: i32,
    pub head: i32,
    pub sample: i32,
    pub slot: i32,
    pub first: i32,
    pub n_token: i32,
    pub view: View,
    pub edit: *mut f32,
    pub user: *mut c_void,
}

pub type EventFn = unsafe extern "C" fn(*mut c_void, *const Event) -> c_int;

#[repr(C)]
pub struct Subscription {
    pub size: u32,
    pub point: i32,
    pub flags: u32,
    pub layers: *const i32,
    pub n_layers: usize,
    pub heads: *const c_void,
    pub n_heads: usize,
    pub first_position: i32,
    pub n_positions: i32,
    pub on_event: Option<EventFn>,
    pub user: *mut c_void,
    pub position: Text,
}

#[repr(C)]
pub struct Column {
    pub name: *const c_char,
    pub kind: i32,
    pub role: i32,
}

type Text = *const c_char;

#[repr(C)]
pub struct Host {
    pub size: u32,
    pub abi_major: u16,
    pub abi_minor: u16,
    pub fail: unsafe extern "C" fn(*mut Ctx, Text, ...) -> c_int,
    pub extension: unsafe extern "C" fn(*mut Ctx, Text) -> *const c_void,
    pub is_set: unsafe extern "C" fn(*mut Ctx, Text) -> c_int,
    pub get_bool: unsafe extern "C" fn(*mut Ctx, Text) -> c_int,
    pub get_int: unsafe extern "C" fn(*mut Ctx, Text) -> i64,
    pub get_real: unsafe extern "C" fn(*mut Ctx, Text) -> f64,
    pub get_string: unsafe extern "C" fn(*mut Ctx, Text) -> Text,
    pub get_list:
        unsafe extern "C" fn(*mut Ctx, Text, *mut *const i32) -> usize,
    pub get_heads:
        unsafe extern "C" fn(*mut Ctx, Text, *mut *const c_void) -> usize,
    pub subscribe:
        unsafe extern "C" fn(*mut Ctx, *const Subscription) -> c_int,
    pub weight:
        unsafe extern "C" fn(*mut Ctx, i32, i32, i32, *mut View) -> c_int,
    pub normal: unsafe extern "C" fn(*mut Ctx, u64, *mut f32, usize),
    pub table: unsafe extern "C" fn(*mut Ctx, Text, *const Column, usize)
        -> *mut Table,
    pub put_int: unsafe extern "C" fn(*mut Table, i64),
    pub put_real: unsafe extern "C" fn(*mut Table, f64),
    pub put_text: unsafe extern "C" fn(*mut Table, Text),
    pub file:
        unsafe extern "C" fn(*mut Ctx, Text, *const c_void, usize) -> c_int,
    pub say: unsafe extern "C" fn(*mut Ctx, Text, ...),
    pub fail_text: unsafe extern "C" fn(*mut Ctx, Text) -> c_int,
    pub say_text: unsafe extern "C" fn(*mut Ctx, Text),
    pub log: unsafe extern "C" fn(*mut Ctx, i32, Text, ...),
    pub log_text: unsafe extern "C" fn(*mut Ctx, i32, Text),
    pub alloc: unsafe extern "C" fn(*mut Ctx, usize, usize) -> *mut c_void,
    pub get_enum: unsafe extern "C" fn(*mut Ctx, Text) -> i32,
    pub user: unsafe extern "C" fn(*mut Ctx) -> *mut c_void,
    pub point_name: unsafe extern "C" fn(i32) -> Text,
    pub point_by_name: unsafe extern "C" fn(Text) -> i32,
}

type SampleFn = unsafe extern "C" fn(*mut c_void, *const Sample) -> c_int;

#[repr(C)]
pub struct Plugin {
    pub magic: u64,
    pub size: u32,
    pub abi_major: u16,
    pub abi_minor: u16,
    pub name: Text,
    pub summary: Text,
    pub version: Text,
    pub licence: Text,
    pub options: *const c_void,
    pub n_options: u32,
    pub option_size: u32,
    pub capabilities: u32,
    pub n_points: u32,
    pub points: *const i32,
    pub create: unsafe extern "C" fn(
        *mut Ctx,
        *const Host,
        *mut *mut c_void,
    ) -> c_int,
    pub ready: unsafe extern "C" fn(*mut c_void, *const Model) -> c_int,
    pub begin: Option<SampleFn>,
    pub end: Option<SampleFn>,
    pub finish:
        Option<unsafe extern "C" fn(*mut c_void, *const c_void) -> c_int>,
    pub destroy: Option<unsafe extern "C" fn(*mut c_void)>,
    pub compare: Option<
        unsafe extern "C" fn(
            *const *mut c_void,
            *const Text,
            usize,
        ) -> c_int,
    >,
    pub user: *mut c_void,
}

/// The descriptor is constant, so every thread may read its pointers.
#[repr(transparent)]
pub struct Descriptor(pub Plugin);
unsafe impl Sync for Descriptor {}

/// A string of bytes that ends in a NUL, as C has them.
pub const fn text(bytes: &'static [u8]) -> *const c_char {
    assert!(bytes[bytes.len() - 1] == 0);
    bytes.as_ptr() as *const c_char
}

/// Sizes of ABI 1.1 on machines of 64 bits.
#[cfg(target_pointer_width = "64")]
const _: () = {
    use std::mem::size_of;

    assert!(size_of::<View>() == 40);
    assert!(size_of::<Model>() == 112);
    assert!(size_of::<Sample>() == 24);
    assert!(size_of::<Event>() == 88);
    assert!(size_of::<Subscription>() == 80);
    assert!(size_of::<Column>() == 16);
    assert!(size_of::<Host>() == 224);
    assert!(size_of::<Plugin>() == 144);
};
