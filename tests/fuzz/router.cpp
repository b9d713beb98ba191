// A rank between an edge that says anything with a right checksum and one that is honest. An edge
// is believed when it says who has logged in there, so what the bad one says does not name the
// honest session's user; then that session notices nothing: its port and login stay, and what it
// sends is stored and shown to it once.
#include "routing/router.h"

#include <algorithm>
#include <memory>

#include "persistence/memory_store.h"
#include "tests/fuzz/mend.h"
#include "tests/fuzz/target.h"

namespace trunkline::fuzz {
namespace {

using namespace wire;

constexpr BytesView kGood = "good edge", kBad = "bad edge";
constexpr BytesView kUser = "alice", kDevice = "phone", kOther = "mallory";
constexpr SessionId kSession = 1;

Bytes account_of(BytesView user) {
  Account account;
  account.user = user;
  account.salt = "salt";
  account.stored_key = "stored key";
  account.server_key = "server key";
  account.iterations = kIterationsDemo;
  account.mailbox = "1";
  return encoded_account(account);
}

// One end of a port, as the rank sees it.
struct EdgeEnd {
  explicit EdgeEnd(BytesView name) : peer(name), incarnation(name.size()) {}
  Bytes peer;
  Incarnation incarnation;
  PortId port = 0;
  Epoch epoch = 0;
  std::uint64_t sent = 0, taken = 0;
  bool reset = false;
};

class Bench {
 public:
  Bench() : disk_(1, PrintKey{}, {}), slots_(SlotMap::fresh(1, 1)) {
    for (const BytesView user : {kUser, kOther}) disk_.accounts.emplace(user, account_of(user));
    persistence::MemoryConfig config;
    config.slots = slots_;
    store_ = std::make_unique<persistence::MemoryStore>(disk_, config);
    store_->begin(1);
    routing::RouterConfig router;
    router.epoch = 1;
    router.iterations = kIterationsDemo;
    router.same_host = {true};
    router_ = std::make_unique<routing::Router>(router, slots_, store_->opened());
    hello(good_);
    hello(bad_);
    say(good_, kUser, Attach{kUser, kDevice, 0, kNoMseq, {}, 1});
    TRUNKLINE_CHECK(sepoch_ != 0, "the honest session is attached");
  }

  // Frames of the bad edge, from its own address: what has another one is dropped unread.
  void bad_edge_says(BytesView bytes) {
    Bytes frames;
    for (BytesView left = bytes; left.size() >= kFrameHeaderBytes;) {
      Bytes frame = mended_frame(left);
      left.remove_prefix(frame.size());
      const auto slot = load_le<Slot>(frame.data() + 14);
      const auto session = static_cast<SessionId>(frame[24] & 3);
      readdress(frame, {0, bad_.port, session}, static_cast<Slot>(slot % kSlotCount));
      if (frame.find(kUser) == Bytes::npos) frames += frame;
    }
    BatchBuilder builder;
    builder.add(frames, false);
    send(bad_, builder);
    if (bad_.reset) hello(bad_);
  }
  void bad_edge_sends(const Bytes& batch) {
    if (batch.find(kUser) != Bytes::npos) return;
    step(routing::PortBatch{bad_.peer, batch});
    settle();
    if (bad_.reset) hello(bad_);
  }
  void pass_us(std::int64_t us) {
    now_.mono_us += us;
    now_.wall_ms += us / 1000;
    say(good_, {}, Beat{});
  }
  // The honest session is served as if it were alone.
  void check_honest() {
    const Bytes id = "m" + std::to_string(++good_sent_);
    Send send;
    send.tag = static_cast<Tag>(good_sent_);
    send.sepoch = sepoch_;
    send.message = {MessageClass::stored, kUser, kDevice, kUser, id, "hello", {}};
    stored_ = shown_ = 0;
    say(good_, kUser, send);
    TRUNKLINE_CHECK(stored_ == send.tag, "it is stored");
    TRUNKLINE_CHECK(shown_ == 1, "it is shown once");
  }

 private:
  void hello(EdgeEnd& edge) {
    edge.incarnation += 1'000;
    edge.sent = edge.taken = 0;
    edge.epoch = 0;
    edge.reset = false;
    edge.peer.append("'");
    say(edge, {}, Hello{edge.peer.substr(0, edge.peer.find('\'')), 0, edge.incarnation});
    TRUNKLINE_CHECK(edge.port != 0, "a new port is welcome");
  }
  template <class Payload>
  void say(EdgeEnd& edge, BytesView home_of, const Payload& payload) {
    FrameHeader header;
    header.address = {0, edge.port, kSession};
    header.slot = home_of.empty() ? Slot{0} : slot_of(home_of);
    BatchBuilder builder;
    builder.add(header, payload);
    send(edge, builder);
  }
  void send(EdgeEnd& edge, BatchBuilder& builder) {
    BatchHeader header;
    header.epoch = edge.epoch;
    header.incarnation = edge.incarnation;
    header.number = ++edge.sent;
    header.consumed = edge.taken;
    const Bytes batch = builder.take(header);
    step(routing::PortBatch{edge.peer, batch});
    settle();
  }
  void step(decltype(routing::Event::what) what) {
    router_->step({now_, std::move(what)}, effects_);
  }
  // Until nothing moves.
  void settle() {
    for (bool moved = true; moved;) {
      step(routing::TurnEnd{});
      moved = act();
    }
  }
  bool act() {
    routing::Effects effects = std::move(effects_);
    effects_ = {};
    const bool moved = !effects.stores.empty() || !effects.loads.empty();
    store_->submit(std::move(effects.stores));
    for (const Load& load : effects.loads) {
      Loaded loaded;
      if (store_->load(load, loaded)) step(StoreEvent(std::move(loaded)));
    }
    std::vector<StoreEvent> events;
    store_->poll(events);
    for (StoreEvent& event : events) step(std::move(event));
    for (const routing::ToPort& out : effects.to_ports) deliver(out);
    for (const routing::ReportAsked& asked : effects.reports) {
      TRUNKLINE_CHECK(asked.verb == AdminVerb::metrics, "an edge may ask for no other report");
    }
    return moved || !events.empty();
  }
  void deliver(const routing::ToPort& out) {
    const auto batch = decode_batch(out.batch, Way::port);
    TRUNKLINE_CHECK(batch.has_value() && out.batch.size() <= kPortBatchBytesRoom,
                    "an edge takes this batch");
    for (EdgeEnd* edge : {&good_, &bad_}) {
      if (edge->peer == out.peer) take(*edge, *batch);
    }
  }
  void take(EdgeEnd& edge, const BatchView& batch) {
    if (batch.header.incarnation != edge.incarnation) return;
    if (batch.header.number != 0) edge.taken = batch.header.number;
    for (BytesView frames = batch.frames; !frames.empty();) {
      const auto frame = next_frame(frames);
      TRUNKLINE_CHECK(frame.has_value(), "an edge is told whole frames");
      if (const auto ok = payload_of<HelloOk>(*frame)) {
        edge.port = ok->port;
        edge.epoch = ok->epoch;
      } else if (frame->header.kind == Kind::reset) {
        edge.reset = true;
      } else if (&edge == &good_) {
        take(*frame);
      }
    }
  }
  void take(const FrameView& frame) {
    TRUNKLINE_CHECK(frame.header.kind != Kind::reset, "the honest port stays");
    if (const auto attached = payload_of<Attached>(frame)) {
      sepoch_ = attached->sepoch;
    } else if (const auto stored = payload_of<Stored>(frame)) {
      stored_ = stored->tag;
    } else if (frame.header.kind == Kind::replaced || frame.header.kind == Kind::revoked ||
               frame.header.kind == Kind::fenced) {
      TRUNKLINE_CHECK(false, "the honest login stays");
    } else if (const auto deliver = payload_of<Deliver>(frame)) {
      if (deliver->message.from == kUser && deliver->message.device == kDevice) ++shown_;
    }
  }

  persistence::MemoryDisk disk_;
  SlotMap slots_;
  std::unique_ptr<persistence::MemoryStore> store_;
  std::unique_ptr<routing::Router> router_;
  routing::Effects effects_;
  Now now_{1'000'000, 1'700'000'000'000};
  EdgeEnd good_{kGood}, bad_{kBad};
  Sepoch sepoch_ = 0;
  int good_sent_ = 0, shown_ = 0;
  Tag stored_ = 0;
};

}  // namespace

void try_input(BytesView input) {
  Bench bench;
  for_each_step(input, [&](unsigned what) {
    switch (what % 8) {
      case 6:
        bench.bad_edge_sends(mended_batch(take_part(input)));
        break;
      case 7:
        bench.pass_us(std::min<std::int64_t>(1'000'000, std::int64_t{1'000} << what / 16));
        break;
      default:
        bench.bad_edge_says(take_part(input));
    }
  });
  bench.check_honest();
}

}  // namespace trunkline::fuzz
