#include "lab/pair.h"

#include <charconv>

#include "lab/clock.h"
#include "wire/stamp_clock.h"

namespace trunkline::lab {

namespace {

// An acknowledgement is work for the servers, so it is seldom; but a receiver that never sends one
// meets its quota at 10,000.
constexpr wire::Mseq kAcknowledgeEvery = 1'000;

// One latency, for this moment and for the two places.
struct Everywhere {
  Histogram& now;
  SmallHistogram& between;
  Histogram* by_trace;  // null: it has none
  bool measured = false;
  void record(std::int64_t nanoseconds) {
    measured = true;
    now.record(nanoseconds);
    between.record(nanoseconds);
    if (by_trace != nullptr) by_trace->record(nanoseconds);
  }
};

}  // namespace

Pair::Pair(boost::asio::io_context& io, PairRun& run, Config config, Handlers handlers)
    : run_(run),
      number_(config.number),
      between_(config.places.from * run.places + config.places.to),
      handlers_(std::move(handlers)),
      sender_(io, client_config(config, true), handlers_of(sender_end_, true)),
      receiver_(io, client_config(config, false), handlers_of(receiver_end_, false)) {}

ClientConfig Pair::client_config(const Config& config, bool is_sender) const {
  const Login& login = is_sender ? config.sender : config.receiver;
  ClientConfig client;
  client.url = is_sender ? config.from_url : config.to_url;
  client.protocol = run_.protocol;
  client.user = login.user;
  client.password = login.password;
  client.mechanism = config.mechanism;
  client.verify_certificate = config.verify_certificate;
  return client;
}

ClientHandlers Pair::handlers_of(End& end, bool is_sender) {
  ClientHandlers handlers;
  handlers.on_frame = [this, &end, is_sender](const wire::FrameView& frame) {
    take(end, is_sender, frame);
  };
  handlers.on_closed = [this, is_sender](const Closed& how) {
    const Client& client = is_sender ? sender_ : receiver_;
    handlers_.on_failed(client.config().user + " at " + client.config().url + ": " + how.reason +
                        " (close code " + std::to_string(how.code) + ")");
  };
  return handlers;
}

void Pair::open() {
  sender_.open();
  receiver_.open();
}

void Pair::send(std::int64_t due_ns) {
  char id[wire::kNameBytesMax];
  char* const end = std::copy(run_.tag.begin(), run_.tag.end(), id);
  const char* const id_end = std::to_chars(end, id + sizeof id, tally_->next()).ptr;
  const wire::BytesView id_view(id, static_cast<std::size_t>(id_end - id));
  const wire::MessageView message{run_.message_class, {}, {}, receiver_.config().user, id_view,
                                  run_.body,          {}};

  const std::int64_t now = now_ns();
  wire::Bytes stamps;
  if (run_.stamped) stamps = begin_trace(due_ns, now);
  frame_.clear();
  if (run_.message_class == wire::MessageClass::direct) {
    wire::encode(frame_, {}, wire::Direct{0, message}, stamps);
  } else {
    wire::encode(frame_, {}, wire::Send{0, 0, message}, stamps);
  }
  tally_->sent(due_ns, now, run_.slice->times.lateness);
  if (tally_->measured(now)) ++run_.sent_in_time;
  sender_.send(frame_);
}

// Whether a message is sampled or not, its trace has the same length.
wire::Bytes Pair::begin_trace(std::int64_t due_ns, std::int64_t sent_ns) {
  const std::uint64_t now_ns = wire::stamp_clock_ns();
  wire::StampBlock block;
  const double drawn = std::generate_canonical<double, 32>(run_.chance);
  if (drawn < run_.sampled_fraction && tally_->measured(due_ns)) block.flags = wire::kSampled;
  block.sequence = static_cast<std::uint32_t>(tally_->next());
  block.intended_ns = now_ns - static_cast<std::uint64_t>(sent_ns - due_ns);
  const std::uint64_t id = wire::trace_id(block);
  if (run_.trace_mode != TraceMode::in_band && id != 0) {
    add_card(id, wire::Stage::client_due, block.intended_ns);
    add_card(id, wire::Stage::client_send, now_ns);
  }
  if (run_.trace_mode == TraceMode::postcard) return wire::encoded_trace_id(id);
  if (id != 0) block.set(wire::Stamp::client_send, now_ns, wire::stamp_node());
  return wire::encoded(block);
}

void Pair::add_card(std::uint64_t id, wire::Stage stage, std::uint64_t ns) {
  run_.cards.push_back({id, ns, stage, wire::stamp_node(), 0});
}

std::uint64_t Pair::outstanding() const {
  const TallySums& sums = tally_->sums();
  const bool direct = run_.message_class == wire::MessageClass::direct;
  // A message written off may come after all.
  const std::uint64_t answered = (direct ? sums.shown : sums.stored) + sums.refused + written_off_;
  return answered >= sums.sent ? 0 : sums.sent - answered;
}

bool Pair::settled() const {
  const TallySums& sums = tally_->sums();
  return outstanding() == 0 && sums.shown + sums.refused + written_off_ >= sums.sent;
}

// Of several kinds the one that survives least.
void Pair::note_storage(const wire::FrameView& frame) {
  const auto welcome = wire::payload_of<wire::Welcome>(frame);
  if (!welcome) return;
  run_.storage = std::max(run_.storage.value_or(welcome->storage), welcome->storage);
}

void Pair::take(End& end, bool is_sender, const wire::FrameView& frame) {
  switch (frame.header.kind) {
    case wire::Kind::welcome:
      end.welcomed = true;
      note_storage(frame);
      if (sender_end_.welcomed && receiver_end_.welcomed) handlers_.on_ready();
      return;
    case wire::Kind::deliver: {
      const auto deliver = wire::payload_of<wire::Deliver>(frame);
      if (!deliver) return;
      end.shown = deliver->mseq;
      if (end.shown - end.acknowledged >= kAcknowledgeEvery) {
        acknowledge(end, is_sender ? sender_ : receiver_);
      }
      if (!is_sender) shown(frame, deliver->message);
      return;
    }
    case wire::Kind::direct:
      if (const auto direct = wire::payload_of<wire::Direct>(frame); direct && !is_sender) {
        shown(frame, direct->message);
      }
      return;
    case wire::Kind::client_stored: {
      const auto stored = wire::payload_of<wire::ClientStored>(frame);
      std::uint64_t sequence = 0;
      if (!stored || !is_ours(stored->id, sequence)) return;
      const std::int64_t now = now_ns();
      if (!tally_->stored(sequence, now, run_.slice->times.stored)) return;
      if (tally_->measured(now)) ++run_.stored_in_time;
      return handlers_.on_answered();
    }
    case wire::Kind::client_refused: {
      const auto refused = wire::payload_of<wire::ClientRefused>(frame);
      std::uint64_t sequence = 0;
      if (!refused || !is_ours(refused->id, sequence) || !tally_->refused(sequence)) return;
      ++run_.refusals[refused->code];
      return handlers_.on_answered();
    }
    default:
      return;
  }
}

void Pair::shown(const wire::FrameView& frame, const wire::MessageView& message) {
  std::uint64_t sequence = 0;
  if (!is_ours(message.id, sequence)) return;
  const std::int64_t now = now_ns();
  Everywhere times{shown_now(*run_.slice), between(), by_trace(frame)};
  if (!tally_->shown(sequence, now, times)) return;
  if (tally_->measured(now)) ++run_.shown_in_time;
  if (times.measured && !frame.stamps.empty()) trace(frame);
  handlers_.on_answered();
}

Histogram* Pair::by_trace(const wire::FrameView& frame) {
  if (frame.stamps.empty()) return nullptr;
  auto& times = wire::trace_id(frame.stamps) != 0 ? run_.traced : run_.padded;
  if (!times) times.emplace();
  return &*times;
}

SmallHistogram& Pair::between() {
  auto& times = run_.between[between_];
  if (!times) times = std::make_unique<SmallHistogram>();
  return *times;
}

void Pair::trace(const wire::FrameView& frame) {
  const std::uint64_t id = wire::trace_id(frame.stamps);
  if (id == 0) return;
  const std::uint64_t now_ns = wire::stamp_clock_ns();
  if (run_.trace_mode != TraceMode::in_band) add_card(id, wire::Stage::client_receive, now_ns);
  auto block = wire::decode_stamps(frame.stamps);
  if (!block) return;  // its id alone
  block->set(wire::Stamp::client_receive, now_ns, wire::stamp_node());
  if (run_.keeps_stamps) {
    run_.kept.push_back({*block, between_ % run_.places});
  } else {
    run_.hops.add(*block);
  }
  wire::Writer traced(run_.slice->traced);
  traced.number(run_.cell);
  traced.number(static_cast<std::uint32_t>(number_));
  traced.number(block->intended_ns);
  traced.raw(wire::encoded(*block));
}

bool Pair::is_ours(wire::BytesView id, std::uint64_t& sequence) const {
  if (!tally_ || !id.starts_with(run_.tag)) return false;
  const char* const end = id.data() + id.size();
  const auto read = std::from_chars(id.data() + run_.tag.size(), end, sequence);
  return read.ec == std::errc() && read.ptr == end;
}

void Pair::acknowledge() {
  acknowledge(sender_end_, sender_);
  acknowledge(receiver_end_, receiver_);
}

void Pair::acknowledge(End& end, Client& client) {
  if (end.shown == end.acknowledged) return;
  end.acknowledged = end.shown;
  client.send(encoded_frame(wire::ClientReceived{end.shown}));
}

}  // namespace trunkline::lab
