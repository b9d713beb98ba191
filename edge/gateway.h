// The edge's mind: sessions, what they have unanswered, and the port to the rank. As pure as the
// router: no clock, socket, ZeroMQ, TLS or SASL; time and chance are arguments.
//
// Clients are spoken to in client frames (wire/frame.h) whatever their sub-protocol: `.bin` is
// these frames, `.json` is a transcoding of them at the rim. One turn: any number of step(event),
// then one step(TurnEnd), which closes the batch to the rank.
//
// Rules: protocol sections 4 (1 to 7, 23, 24), 7 and 9; client-protocol rules 1 to 8.
// Threads: one gateway for each event loop, used by that thread alone.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "wire/batch.h"
#include "wire/fault.h"
#include "wire/limits.h"

namespace trunkline::edge {

// The longest frame that a client's message becomes: a text as long as may be has a frame that is
// longer than the text.
inline constexpr std::size_t kClientFrameBytesMax =
    wire::kFrameBytesHardMax + wire::kEnvelopeBytesMax;

// Of each session: messages a second and burst; bytes a second. 0: no limit (profile `lab`).
struct SessionRates {
  double messages_per_second = 20;
  double message_burst = 100;
  double bytes_per_second = 64 * 1024;
};

struct GatewayConfig {
  wire::Bytes edge_name;
  std::uint32_t thread = 0;
  SessionRates rates;
  wire::Fault fault = wire::Fault::none;
};

// ---- in. Views live for the call, unless it is said.

// A socket before login wants a verifier; answered by VerifierReady (or LoginFailed).
struct VerifierAsked {
  wire::SessionId session;
  wire::BytesView user;
};
// Its login succeeded: attach it. Answered by a `welcome` frame, or Close.
struct LoggedIn {
  wire::SessionId session;
  wire::BytesView user, device;
  wire::Mseq cursor = wire::kNoMseq;
  wire::BytesView mailbox;
  std::uint64_t auth_version = 0;
  wire::BytesView sasl_data;  // goes into `welcome` as it is
};
// One client frame of a session that has been welcomed (checked, of a kind that clients send). The
// rim looks at the effects after each: what comes after Reading{off} is parked, not lost.
struct FromClient {
  wire::SessionId session;
  wire::FrameView frame;
  std::size_t size;  // of the WebSocket message as it came; what too_large and rates go by
};
// The socket has taken `bytes` more of what ToClient gave it (counted in bytes of those frames).
struct Flushed {
  wire::SessionId session;
  std::size_t bytes;
};
// The socket is gone, whoever closed it. Also for a socket that never logged in.
struct SocketClosed {
  wire::SessionId session;
};
// The batch must live until its effects have been acted on: what goes to clients points into it.
struct FromRank {
  wire::BytesView batch;
};
// A new ZeroMQ socket with this random incarnation is connected: after Effects::reopen, and at
// start.
struct PortOpened {
  wire::Incarnation incarnation;
  wire::BytesView url = {};  // where clients reach this edge: told to the rank
};
// The rank is to be found elsewhere now: the port goes there at once, without waiting for silence.
struct PortMoved {};
// Ask a rank (kNoRank: the one of the port), for /metrics and the live page; answered by
// AdminAnswered. `session` is any unused number.
struct AdminAsked {
  wire::SessionId session;
  wire::AdminVerb verb;
  wire::RankId target = wire::kNoRank;
  wire::BytesView argument = {};
};
// Tell every client where else to go and close, at a rate; accept no LoggedIn any more. A session
// whose turn has come is read no more, and closed when it has its answers, 5 s later at the latest.
struct DrainAsked {
  wire::BytesView urls;                    // separated by line feeds; may be empty
  wire::Code code = wire::Code::draining;  // or shutdown
  double sessions_per_second = 0;          // 0: all within 2 s, and by force after 4 s
};
// Those that have not gone stay, and others may come again.
struct DrainCancelled {};
struct RatesChanged {  // of every session, from now on
  SessionRates rates;
};
// What came of an EdgeOrder.
struct OrderDone {
  wire::Address to;
  bool done;
  wire::BytesView text;
};
struct TurnEnd {};

struct GatewayEvent {
  wire::Now now;
  std::variant<VerifierAsked, LoggedIn, FromClient, Flushed, SocketClosed, FromRank, PortOpened,
               PortMoved, AdminAsked, DrainAsked, DrainCancelled, RatesChanged, OrderDone, TurnEnd>
      what;
};

// ---- out. In order; views live until GatewayEffects::clear(), and no longer than a FromRank
// batch.

struct ToClient {
  wire::SessionId session;
  wire::BytesView frame;
};
struct VerifierReady {
  wire::SessionId session;
  wire::VerifierIs verifier;
};
// The login cannot go on: unavailable (no rank for 10 s) or bad_cursor, revoked.
// After it (or after Close) nothing more is said of that session; the rim sends `error CODE` with
// `text` (when code is not ok), then closes with close_code_of(code), 1000 for ok.
struct Close {
  wire::SessionId session;
  wire::Code code;
  std::string_view text;
};
struct Reading {  // stop or go on reading this socket
  wire::SessionId session;
  bool on;
};
struct AdminAnswered {
  wire::SessionId session;
  bool done;
  bool last;
  wire::BytesView text;
};
using ClientAction = std::variant<ToClient, VerifierReady, Close, Reading, AdminAnswered>;

// An administrator's, by way of the rank; to be answered by OrderDone. Its views live as long as
// those of actions.
struct EdgeOrder {
  wire::Address asker;
  wire::AdminVerb verb;
  wire::BytesView argument;
};

struct GatewayEffects {
  std::vector<ClientAction> actions;
  std::vector<EdgeOrder> orders;
  std::vector<wire::Bytes> to_rank;  // batches, in order; set by TurnEnd
  // The port is broken (rule 6): close its ZeroMQ socket with linger 0, open a new one with a new
  // routing id, then PortOpened.
  bool reopen = false;
  std::int64_t wake_at_us = 0;  // set by TurnEnd: the next deadline
  bool drained = false;         // after DrainAsked, set by TurnEnd: no session is left

  std::deque<wire::Bytes> made;  // owns the frames that views above point into
  void clear();
};

struct GatewayCounters {
  std::uint64_t sessions = 0, held = 0, held_bytes = 0;  // now
  std::uint64_t port_breaks = 0, attaches = 0, sends = 0, stored = 0, delivered = 0, direct_in = 0,
                direct_out = 0, direct_dropped = 0, slow_consumers = 0, paused = 0, alarms = 0;
  std::uint64_t refused[256] = {};  // by wire::Code, as told to clients
};

class Gateway {
 public:
  explicit Gateway(GatewayConfig config);
  ~Gateway();
  Gateway(Gateway&&) noexcept;

  void step(const GatewayEvent& event, GatewayEffects& effects);

  const GatewayCounters& counters() const;
  bool port_up() const;       // HELLO_OK was received in this incarnation
  wire::Epoch epoch() const;  // of the backbone that it is attached to; 0 before the first
  wire::RankId rank() const;  // kNoRank before the first
  wire::Storage storage() const;

  // For the simulator's checkers.
  struct SessionState {
    wire::SessionId session;
    wire::Bytes user, device;
    wire::Sepoch sepoch;
    bool attached;
    std::size_t held, held_bytes;
    wire::Mseq written;
    std::size_t outbox_bytes;
  };
  std::vector<SessionState> sessions() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace trunkline::edge
