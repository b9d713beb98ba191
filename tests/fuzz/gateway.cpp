// An edge between a client that says anything `.bin` lets pass and a rank whose frames have right
// checksums and any fields. The edge speaks for its sessions only: what goes to the rank names the
// session's own user, device and login, whatever the client wrote. Its queues keep their bounds.
#include "edge/gateway.h"

#include "edge/bin_codec.h"
#include "tests/fuzz/mend.h"
#include "tests/fuzz/target.h"
#include "wire/placement.h"

namespace trunkline::fuzz {
namespace {

using namespace wire;

constexpr SessionId kSession = 1;
constexpr PortId kPort = 40;
constexpr BytesView kUser = "alice", kDevice = "phone";
constexpr Sepoch kSepoch = make_sepoch(7, 1);

class Bench {
 public:
  Bench() : gateway_(config()) {
    open_port();
    edge::LoggedIn login;
    login.session = kSession;
    login.user = kUser;
    login.device = kDevice;
    login.auth_version = 1;
    step(login);
    turn();
    rank_says(encoded(to_session(), Attached{kSepoch, 0, 9, "m1", Storage::disk}));
  }

  void client_says(BytesView bytes) {
    const Bytes frames = mended_frames(bytes);
    for (BytesView left = frames; !left.empty() && !closed_;) {
      const edge::ClientFrame frame = edge::next_client_frame(left);
      if (!frame.refusal.empty()) break;
      step(edge::FromClient{kSession, frame.view, frame.view.whole.size()});
    }
    turn();
  }
  // As from this session's home: what else the address says would only be dropped.
  void rank_says(BytesView bytes) {
    Bytes frames;
    for (BytesView left = bytes; left.size() >= kFrameHeaderBytes;) {
      Bytes frame = mended_frame(left);
      left.remove_prefix(frame.size());
      const auto session = static_cast<SessionId>(frame[24] & 3);
      readdress(frame, {3, kPort, session}, 0);
      frames += frame;
    }
    BatchBuilder builder;
    builder.add(frames, false);
    BatchHeader header;
    header.epoch = 7;
    header.incarnation = incarnation_;
    header.number = ++rank_number_;
    header.consumed = edge_number_;
    rank_sends(builder.take(header));
  }
  void rank_sends(const Bytes& batch) {
    step(edge::FromRank{batch});
    turn();
  }
  void flush() {
    step(edge::Flushed{kSession, std::exchange(unflushed_, 0)});
    turn();
  }
  void pass_us(std::int64_t us) {
    now_.mono_us += us;
    now_.wall_ms += us / 1000;
    turn();
  }
  void hang_up() {
    step(edge::SocketClosed{kSession});
    closed_ = true;
    turn();
  }

 private:
  static edge::GatewayConfig config() {
    edge::GatewayConfig config;
    config.edge_name = "edge1";
    return config;
  }
  static FrameHeader to_session() {
    FrameHeader header;
    header.address = {3, kPort, kSession};
    return header;
  }
  void open_port() {
    rank_number_ = edge_number_ = 0;
    step(edge::PortOpened{++incarnation_});
    turn();
    FrameHeader header;
    rank_says(encoded(header, HelloOk{7, incarnation_, 3, kPort, Storage::disk}));
  }

  template <class What>
  void step(const What& what) {
    gateway_.step({now_, what}, effects_);
  }
  void turn() {
    step(edge::TurnEnd{});
    for (const edge::ClientAction& action : effects_.actions) take(action);
    for (const Bytes& batch : effects_.to_rank) check_batch(batch);
    const bool reopen = effects_.reopen;
    effects_.clear();
    check_bounds();
    if (reopen) open_port();
  }
  void take(const edge::ClientAction& action) {
    if (const auto* told = std::get_if<edge::ToClient>(&action)) {
      TRUNKLINE_CHECK(!closed_, "nothing is said behind the end");
      TRUNKLINE_CHECK(decode(told->frame).has_value(), "a client is told whole frames");
      unflushed_ += told->frame.size();
    } else if (const auto* close = std::get_if<edge::Close>(&action)) {
      TRUNKLINE_CHECK(!closed_, "a session ends once");
      TRUNKLINE_CHECK(close->code == Code::ok || !close->text.empty(), "an end says why");
      closed_ = true;
    }
  }
  void check_batch(BytesView bytes) {
    const auto batch = decode_batch(bytes, Way::port);
    TRUNKLINE_CHECK(batch && bytes.size() <= kPortBatchBytesRoom, "the rank takes this batch");
    if (batch->header.number != 0) edge_number_ = batch->header.number;
    for (BytesView frames = batch->frames; !frames.empty();) {
      const auto frame = next_frame(frames);
      TRUNKLINE_CHECK(frame.has_value(), "the rank is told whole frames");
      check_frame(*frame);
    }
  }
  // Who speaks is who has logged in here.
  void check_frame(const FrameView& frame) {
    if (const auto send = payload_of<Send>(frame)) {
      check_sender(send->message);
      TRUNKLINE_CHECK(frame.header.slot == slot_of(send->message.to), "it goes to its receiver");
      TRUNKLINE_CHECK(frame.whole.size() <= kClusterFrameBytesMax, "no larger than may be");
    } else if (const auto direct = payload_of<Direct>(frame)) {
      check_sender(direct->message);
    } else if (const auto history = payload_of<History>(frame)) {
      check_owner(history->user, history->device);
      TRUNKLINE_CHECK(history->limit >= 1 && history->limit <= kHistoryLimitMax, "a page's limit");
    } else if (const auto received = payload_of<Received>(frame)) {
      check_owner(received->user, received->device);
    } else if (const auto taken = payload_of<Taken>(frame)) {
      check_owner(taken->user, taken->device);
    } else if (const auto detach = payload_of<Detach>(frame)) {
      check_owner(detach->user, detach->device);
    }
  }
  static void check_sender(const MessageView& message) {
    check_owner(message.from, message.device);
    TRUNKLINE_CHECK(is_name(message.to) && is_name(message.id), "names are names");
  }
  static void check_owner(BytesView user, BytesView device) {
    TRUNKLINE_CHECK(user == kUser && device == kDevice, "a session speaks for itself");
  }
  void check_bounds() {
    const edge::GatewayCounters& counters = gateway_.counters();
    TRUNKLINE_CHECK(counters.held <= kHeldPerSessionMax, "a session's unanswered sends");
    TRUNKLINE_CHECK(counters.held_bytes <= kHeldBytesPerSessionMax + kClusterFrameBytesMax,
                    "their bytes");
    TRUNKLINE_CHECK(counters.sessions <= 1, "sessions are counted");
  }

  edge::Gateway gateway_;
  edge::GatewayEffects effects_;
  Now now_{1'000'000, 1'700'000'000'000};
  Incarnation incarnation_ = 100;
  std::uint64_t rank_number_ = 0, edge_number_ = 0;
  std::size_t unflushed_ = 0;
  bool closed_ = false;
};

}  // namespace

void try_input(BytesView input) {
  Bench bench;
  for_each_step(input, [&](unsigned what) {
    switch (what % 8) {
      case 0:
      case 1:
      case 2:
        bench.client_says(take_part(input));
        break;
      case 3:
      case 4:
        bench.rank_says(take_part(input));
        break;
      case 5:
        bench.rank_sends(mended_batch(take_part(input)));
        break;
      case 6:
        what < 128 ? bench.flush() : bench.hang_up();
        break;
      default:
        bench.pass_us(std::int64_t{1'000} << what / 16);
    }
  });
}

}  // namespace trunkline::fuzz
