// What only `.bin` clients and edges say to one another, one type for each row of client-protocol
// that is not shared with payloads.h (send, direct, deliver, trimmed and page are).
#pragma once

#include "wire/frame.h"

namespace trunkline::wire {

struct Auth {
  static constexpr Kind kKind = Kind::auth;
  BytesView mechanism, data, device;  // data: raw, not base64; at most kFrameBytesMaxBeforeLogin
  Mseq cursor = kNoMseq;
  BytesView mailbox;
  static void fields(auto& c, auto& s) {
    c.name(s.mechanism);
    c.bytes(s.data);
    c.name(s.device);
    c.number(s.cursor);
    c.name(s.mailbox);
  }
};
struct Challenge {
  static constexpr Kind kKind = Kind::challenge;
  BytesView data;
  static void fields(auto& c, auto& s) { c.bytes(s.data); }
};
struct Response {
  static constexpr Kind kKind = Kind::response;
  BytesView data;
  static void fields(auto& c, auto& s) { c.bytes(s.data); }
};
struct Welcome {
  static constexpr Kind kKind = Kind::welcome;
  BytesView user, device, edge, mailbox, data;
  RankId rank = kNoRank;
  Mseq cursor = 0;
  Storage storage = Storage::disk;
  static void fields(auto& c, auto& s) {
    c.name(s.user);
    c.name(s.device);
    c.name(s.edge);
    c.name(s.mailbox);
    c.bytes(s.data);
    c.number(s.rank);
    c.number(s.cursor);
    c.enumeration(s.storage, Storage::disk, Storage::memory);
  }
};
struct ClientStored {
  static constexpr Kind kKind = Kind::client_stored;
  BytesView id, to;
  static void fields(auto& c, auto& s) {
    c.name(s.id);
    c.name(s.to);
  }
};
struct ClientRefused {  // id and to, or ref
  static constexpr Kind kKind = Kind::client_refused;
  BytesView id, to, ref;
  Code code = Code::ok;
  BytesView text;
  static void fields(auto& c, auto& s) {
    c.name(s.id);
    c.name(s.to);
    c.name(s.ref);
    c.enumeration(s.code, Code::ok, Code::shutdown);
    c.bytes(s.text);
  }
};
struct ClientReceived {
  static constexpr Kind kKind = Kind::client_received;
  Mseq mseq = 0;
  static void fields(auto& c, auto& s) { c.number(s.mseq); }
};
struct ClientHistory {
  static constexpr Kind kKind = Kind::client_history;
  BytesView with;
  Mseq before = kNoMseq;
  std::uint32_t limit = 0;  // 0: the default
  BytesView ref;
  static void fields(auto& c, auto& s) {
    c.name(s.with);
    c.number(s.before);
    c.number(s.limit);
    c.name(s.ref);
  }
};
struct Ping {
  static constexpr Kind kKind = Kind::ping;
  BytesView id;
  static void fields(auto& c, auto& s) { c.name(s.id); }
};
struct Pong {
  static constexpr Kind kKind = Kind::pong;
  BytesView id;
  static void fields(auto& c, auto& s) { c.name(s.id); }
};
struct Bye {
  static constexpr Kind kKind = Kind::bye;
  static void fields(auto&, auto&) {}
};
struct Move {
  static constexpr Kind kKind = Kind::move;
  BytesView urls;  // separated by line feeds
  static void fields(auto& c, auto& s) { c.bytes(s.urls); }
};
struct Error {
  static constexpr Kind kKind = Kind::error;
  Code code = Code::ok;
  BytesView text;
  static void fields(auto& c, auto& s) {
    c.enumeration(s.code, Code::ok, Code::shutdown);
    c.bytes(s.text);
  }
};

}  // namespace trunkline::wire
