// What edges and ranks say to one another: one payload type for each kind of frame, its fields in
// wire order. Views: their strings point into the frame and are never stored.
#pragma once

#include "wire/frame.h"

namespace trunkline::wire {

// `kKind` names the kind; fields() lists the fields in wire order.

// edge -> rank. The first frame of a port. `thread` tells the event loops of one edge apart.
struct Hello {
  static constexpr Kind kKind = Kind::hello;
  BytesView edge;
  std::uint32_t thread = 0;
  Incarnation incarnation = 0;
  BytesView url = {};  // where its clients connect: what other edges' clients are sent to
  static void fields(auto& c, auto& s) {
    c.name(s.edge);
    c.number(s.thread);
    c.number(s.incarnation);
    c.bytes(s.url);
  }
};
// rank -> edge. `port` is the number under which the edge stamps its frames' address from now on.
struct HelloOk {
  static constexpr Kind kKind = Kind::hello_ok;
  Epoch epoch = 0;
  Incarnation incarnation = 0;
  RankId rank = kNoRank;
  PortId port = 0;
  Storage storage = Storage::disk;
  static void fields(auto& c, auto& s) {
    c.number(s.epoch);
    c.number(s.incarnation);
    c.number(s.rank);
    c.number(s.port);
    c.enumeration(s.storage, Storage::disk, Storage::memory);
  }
};
// rank -> edge: nothing more is taken from this incarnation; begin a new one (rule 8).
struct Reset {
  static constexpr Kind kKind = Kind::reset;
  Incarnation incarnation = 0;
  static void fields(auto& c, auto& s) { c.number(s.incarnation); }
};
// Either way, and from a rank to its neighbour, once per kBeatEveryUs.
struct Beat {
  static constexpr Kind kKind = Kind::beat;
  static void fields(auto&, auto&) {}
};

struct Verifier {  // edge -> home(user)
  static constexpr Kind kKind = Kind::verifier;
  BytesView user;
  static void fields(auto& c, auto& s) { c.name(s.user); }
};
// The SCRAM verifier (RFC 5802 section 3), or a stand-in that cannot be told from one.
struct VerifierIs {
  static constexpr Kind kKind = Kind::verifier_is;
  BytesView user, salt, stored_key, server_key;
  std::uint32_t iterations = 0;
  std::uint64_t auth_version = 0;  // rises with every change of password; goes into Attach
  static void fields(auto& c, auto& s) {
    c.name(s.user);
    c.name(s.salt);
    c.name(s.stored_key);
    c.name(s.server_key);
    c.number(s.iterations);
    c.number(s.auth_version);
  }
};
struct Attach {  // edge -> home(user)
  static constexpr Kind kKind = Kind::attach;
  BytesView user, device;
  Sepoch sepoch = 0;  // 0: a new login
  Mseq resume =
      kNoMseq;        // the client's cursor, or the last mseq written to its socket; kNoMseq: none
  BytesView mailbox;  // the one that `resume` counts in, if the client or edge knows it
  std::uint64_t auth_version = 0;
  static void fields(auto& c, auto& s) {
    c.name(s.user);
    c.name(s.device);
    c.number(s.sepoch);
    c.number(s.resume);
    c.name(s.mailbox);
    c.number(s.auth_version);
  }
};
struct Attached {  // home(user) -> edge
  static constexpr Kind kKind = Kind::attached;
  Sepoch sepoch = 0;
  Mseq cursor = 0;    // the value in use
  Mseq head = 0;      // last committed
  BytesView mailbox;  // creation number, as text
  Storage storage = Storage::disk;
  static void fields(auto& c, auto& s) {
    c.number(s.sepoch);
    c.number(s.cursor);
    c.number(s.head);
    c.name(s.mailbox);
    c.enumeration(s.storage, Storage::disk, Storage::memory);
  }
};
struct AttachRefused {  // home(user) -> edge: bad_cursor, throttled (too many devices), busy or
                        // full (no room for its registration: the edge asks again)
  static constexpr Kind kKind = Kind::attach_refused;
  Code code = Code::ok;
  static void fields(auto& c, auto& s) { c.enumeration(s.code, Code::ok, Code::shutdown); }
};
struct Replaced {  // home(user) -> edge: a newer login of this device has this sepoch
  static constexpr Kind kKind = Kind::replaced;
  Sepoch sepoch = 0;
  static void fields(auto& c, auto& s) { c.number(s.sepoch); }
};
struct Revoked {  // home(user) -> edge: account disabled, or password changed since
  static constexpr Kind kKind = Kind::revoked;
  static void fields(auto&, auto&) {}
};
struct Detach {  // edge or its rank -> home(user)
  static constexpr Kind kKind = Kind::detach;
  BytesView user, device;
  Sepoch sepoch = 0;
  static void fields(auto& c, auto& s) {
    c.name(s.user);
    c.name(s.device);
    c.number(s.sepoch);
  }
};

struct Send {  // A's edge -> home(to); from a `.bin` client: tag, sepoch, from and device are
               // ignored
  static constexpr Kind kKind = Kind::send;
  Tag tag = 0;
  Sepoch sepoch = 0;
  MessageView message;
  static void fields(auto& c, auto& s) {
    c.number(s.tag);
    c.number(s.sepoch);
    wire::message(c, s.message);
  }
};
// home(to) -> A's edge, one for each SEND. `cost` repeats the SEND's length: the rank on the way
// gives that much credit back (protocol section 9).
struct Stored {
  static constexpr Kind kKind = Kind::stored;
  Tag tag = 0;
  std::uint32_t cost = 0;
  static void fields(auto& c, auto& s) {
    c.number(s.tag);
    c.number(s.cost);
  }
};
struct Refused {
  static constexpr Kind kKind = Kind::refused;
  Tag tag = 0;
  std::uint32_t cost = 0;
  Code code = Code::ok;
  static void fields(auto& c, auto& s) {
    c.number(s.tag);
    c.number(s.cost);
    c.enumeration(s.code, Code::ok, Code::shutdown);
  }
};
struct Fenced {
  static constexpr Kind kKind = Kind::fenced;
  Tag tag = 0;
  std::uint32_t cost = 0;
  Sepoch sepoch = 0;  // the newer one that the home knows
  static void fields(auto& c, auto& s) {
    c.number(s.tag);
    c.number(s.cost);
    c.number(s.sepoch);
  }
};
struct Deliver {  // home(user) -> edge -> `.bin` client
  static constexpr Kind kKind = Kind::deliver;
  Mseq mseq = 0;
  std::int64_t time_ms = 0;
  MessageView message;
  static void fields(auto& c, auto& s) {
    c.number(s.mseq);
    c.number(s.time_ms);
    wire::message(c, s.message);
  }
};
struct Trimmed {  // before the first Deliver, when retention has passed the cursor
  static constexpr Kind kKind = Kind::trimmed;
  Mseq from = 0;  // first number that is left
  static void fields(auto& c, auto& s) { c.number(s.from); }
};
// Edge -> home(user), both cumulative, at most one of each per session and turn.
struct Taken {  // all up to `mseq` have left for the socket
  static constexpr Kind kKind = Kind::taken;
  BytesView user, device;
  Sepoch sepoch = 0;
  Mseq mseq = 0;
  static void fields(auto& c, auto& s) {
    c.name(s.user);
    c.name(s.device);
    c.number(s.sepoch);
    c.number(s.mseq);
  }
};
struct Received {  // the client has acknowledged all up to `mseq`
  static constexpr Kind kKind = Kind::received;
  BytesView user, device;
  Sepoch sepoch = 0;
  Mseq mseq = 0;
  static void fields(auto& c, auto& s) {
    c.name(s.user);
    c.name(s.device);
    c.number(s.sepoch);
    c.number(s.mseq);
  }
};

struct History {  // edge -> home(user)
  static constexpr Kind kKind = Kind::history;
  BytesView user, device;
  Sepoch sepoch = 0;
  BytesView with;           // only messages exchanged with this peer; empty: all
  Mseq before = kNoMseq;    // exclusive
  std::uint32_t limit = 0;  // 1 to kHistoryLimitMax
  BytesView ref;
  static void fields(auto& c, auto& s) {
    c.name(s.user);
    c.name(s.device);
    c.number(s.sepoch);
    c.name(s.with);
    c.number(s.before);
    c.number(s.limit);
    c.name(s.ref);
  }
};
// home(user) -> edge -> `.bin` client. A page comes in frames of at most 64 KiB; entries rise over
// them, and the one with `last` ends it. `entries` is a list of PageEntry (codec.h: next_entry).
struct Page {
  static constexpr Kind kKind = Kind::page;
  BytesView ref;
  bool last = false;
  bool complete = false;  // nothing older remains
  BytesView entries;
  static void fields(auto& c, auto& s) {
    c.name(s.ref);
    c.flag(s.last);
    c.flag(s.complete);
    c.bytes(s.entries);
  }
};
struct PageEntry {
  Mseq mseq = 0;
  std::int64_t time_ms = 0;
  MessageView message;
  static void fields(auto& c, auto& s) {
    c.number(s.mseq);
    c.number(s.time_ms);
    wire::message(c, s.message);
  }
};

struct Copy {  // home(to) -> home(from): committed records of `log`, in the order of their lsn
  static constexpr Kind kKind = Kind::copy;
  LogId log = 0;
  Lsn position = 0;   // lsn of the last one
  BytesView records;  // whole records one after the other (record.h)
  static void fields(auto& c, auto& s) {
    c.number(s.log);
    c.number(s.position);
    c.bytes(s.records);
  }
};
struct Copied {  // back: all up to `position` are committed there
  static constexpr Kind kKind = Kind::copied;
  LogId log = 0;
  Lsn position = 0;
  static void fields(auto& c, auto& s) {
    c.number(s.log);
    c.number(s.position);
  }
};

struct Direct {  // edge -> [home(to) ->] rank of the sessions -> their edges -> `.bin` client
  static constexpr Kind kKind = Kind::direct;
  std::int64_t time_ms = 0;  // set by the first edge: no home need see a direct message
  MessageView message;
  static void fields(auto& c, auto& s) {
    c.number(s.time_ms);
    wire::message(c, s.message);
  }
};
struct Hint {  // home(user) -> rank of a sender: all sessions of `user` are on `rank`; kNoRank:
               // forget
  static constexpr Kind kKind = Kind::hint;
  BytesView user;
  RankId rank = kNoRank;
  std::uint64_t version = 0;  // an older one never replaces a newer one
  static void fields(auto& c, auto& s) {
    c.name(s.user);
    c.number(s.rank);
    c.number(s.version);
  }
};
struct DirectRefused {  // home(to) -> edge of the sender; may be dropped
  static constexpr Kind kKind = Kind::direct_refused;
  BytesView id, to;
  Code code = Code::ok;
  static void fields(auto& c, auto& s) {
    c.name(s.id);
    c.name(s.to);
    c.enumeration(s.code, Code::ok, Code::shutdown);
  }
};
struct Sole {  // home(user) -> a rank: it holds all sessions of `user`, or no longer does
  static constexpr Kind kKind = Kind::sole;
  BytesView user;
  bool sole = false;
  std::uint64_t version = 0;
  static void fields(auto& c, auto& s) {
    c.name(s.user);
    c.flag(s.sole);
    c.number(s.version);
  }
};

// Never renumber. What an admin socket (or an edge, for `metrics` and `ping`) may ask.
enum class AdminVerb : std::uint8_t {
  user_add = 1,
  user_password = 2,
  user_disable = 3,
  user_enable = 4,
  user_list = 5,
  sessions = 6,
  queues = 7,
  status = 8,
  metrics = 9,
  ping = 10,
  stop = 11,
  edge_allow = 12,
  trace = 13,  // of the process of rank `target` (trace.h)
  edges = 16,  // those with a port at `target`
  // For the edge that `user` names, which has a port at `target`; the edge answers.
  edge_status = 17,
  edge_drain = 18,
  edge_undrain = 19,
  edge_reload = 20,
  edge_trace = 21,
};
// admin socket of any rank -> home(user) by slot, or rank `target`; the header's address says where
// the answer goes (port kAdminPort: the admin socket of that rank). rank -> edge: the edge's own
// verbs, passed on as they are.
struct Admin {
  static constexpr Kind kKind = Kind::admin;
  AdminVerb verb = AdminVerb::status;
  RankId target = kNoRank;  // kNoRank: home(user)
  BytesView user;
  // user_add, user_password: an Account (record.h); edge_allow: a Z85 key; edge_drain: JSON, with
  // `urls` (where its clients go) and `rate` (sessions a second); trace, edge_trace: a word
  // (Trace::obey)
  BytesView argument;
  static void fields(auto& c, auto& s) {
    c.enumeration(s.verb, AdminVerb::user_add, AdminVerb::edge_trace);
    c.number(s.target);
    c.name(s.user);
    c.bytes(s.argument);
  }
};
struct AdminIs {
  static constexpr Kind kKind = Kind::admin_is;
  bool done = false;
  bool last = true;  // false: more frames of the same answer follow
  BytesView text;    // done: the answer (JSON, or Prometheus text for metrics); else why not
  static void fields(auto& c, auto& s) {
    c.flag(s.done);
    c.flag(s.last);
    c.bytes(s.text);
  }
};

}  // namespace trunkline::wire
