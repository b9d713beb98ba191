#include "tests/cluster/enduring_client.h"

#include <boost/asio/post.hpp>
#include <random>
#include <utility>

namespace trunkline::tests {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kAskEvery = 1s;
constexpr auto kSilenceMax = 8s;
constexpr auto kLoginMax = 15s;
constexpr std::size_t kToNobodyEvery = 25;

template <class Map>
void add(Map& sum, const Map& other) {
  for (const auto& [key, count] : other) sum[key] += count;
}
template <class Map>
void subtract(Map& sum, const Map& other) {
  for (const auto& [key, count] : other) sum[key] -= count;
  std::erase_if(sum, [](const auto& entry) { return entry.second == 0; });
}

}  // namespace

std::size_t Seen::lost_sockets() const {
  std::size_t sum = timeouts;
  for (const auto& [code, count] : closed) sum += count;
  return sum;
}

Seen& Seen::operator+=(const Seen& other) {
  add(closed, other.closed);
  add(put_off, other.put_off);
  timeouts += other.timeouts;
  not_connected += other.not_connected;
  return *this;
}

Seen& Seen::operator-=(const Seen& earlier) {
  subtract(closed, earlier.closed);
  subtract(put_off, earlier.put_off);
  timeouts -= earlier.timeouts;
  not_connected -= earlier.not_connected;
  return *this;
}

std::string to_string(const Seen& seen) {
  std::string words;
  const auto say = [&words](const std::string& what, std::size_t count) {
    if (count == 0) return;
    words += (words.empty() ? "" : ", ") + what + " × " + std::to_string(count);
  };
  for (const auto& [code, count] : seen.closed) say("closed " + std::to_string(code), count);
  say("time-out", seen.timeouts);
  say("no connection", seen.not_connected);
  for (const auto& [code, count] : seen.put_off) say("refused " + code, count);
  return words.empty() ? "nothing" : words;
}

EnduringClient::EnduringClient(boost::asio::io_context& io, lab::ClientConfig config,
                               std::string partner, const std::string& ledger)
    : io_(io),
      config_(std::move(config)),
      partner_(std::move(partner)),
      ledger_(ledger),
      again_(io),
      clock_(io) {
  const Remembered before = remember(ledger);
  for (const auto& [id, to] : before.unanswered) keep(id, to);
  config_.mailbox = before.mailbox;
  cursor_ = before.cursor;
  next_id_ = before.sent.size() + 1;
  for (const auto& [id, to] : before.sent) sent_ += to == partner_;
  stored_ = before.stored;
}

void EnduringClient::open() {
  config_.cursor = cursor_;
  lab::ClientHandlers handlers;
  handlers.on_frame = [this](const wire::FrameView& frame) { on_frame(frame); };
  handlers.on_closed = [this](const lab::Closed& closed) { on_closed(closed); };
  client_.emplace(io_, config_, handlers);
  client_->open();
  heard_at_ = steady_clock::now();
  look_at_clock();
}

void EnduringClient::leave() {
  alive_.reset();  // timers that are due already end with it
  again_.cancel();
  clock_.cancel();
  client_.reset();
}

void EnduringClient::keep(const std::string& id, const std::string& to) {
  outbox_.push_back({id, lab::message_frame(id, to, "hello")});
}

void EnduringClient::send() {
  const bool to_nobody = next_id_ % kToNobodyEvery == 0;
  const std::string to = to_nobody ? kNobody : partner_;
  const std::string id = "m" + std::to_string(next_id_++);
  sent_ += !to_nobody;
  ledger_.sent(id, to);
  keep(id, to);
  if (welcomed()) client_->send(outbox_.back().frame);
}

void EnduringClient::on_frame(const wire::FrameView& frame) {
  heard_at_ = steady_clock::now();
  if (const auto welcome = wire::payload_of<wire::Welcome>(frame)) {
    if (config_.mailbox != welcome->mailbox) {
      config_.mailbox = welcome->mailbox;
      ledger_.mailbox(config_.mailbox);
    }
    resend();
  } else if (const auto stored = wire::payload_of<wire::ClientStored>(frame)) {
    ledger_.stored(stored->id);
    ++stored_;
    std::erase_if(outbox_, [&](const Message& message) { return message.id == stored->id; });
  } else if (const auto refused = wire::payload_of<wire::ClientRefused>(frame)) {
    on_refused(*refused);
  } else if (const auto deliver = wire::payload_of<wire::Deliver>(frame)) {
    ledger_.shown(deliver->mseq, deliver->message.from, deliver->message.to, deliver->message.id);
    cursor_ = deliver->mseq;
    client_->send(lab::encoded_frame(wire::ClientReceived{deliver->mseq}));
  } else if (const auto move = wire::payload_of<wire::Move>(frame)) {
    next_edge_ = lab::next_edge(move->urls, std::random_device{}());
  }
}

void EnduringClient::on_refused(const wire::ClientRefused& refused) {
  const bool again = wire::may_retry(refused.code);
  ledger_.refused(refused.id, again);
  if (!again) {
    std::erase_if(outbox_, [&](const Message& message) { return message.id == refused.id; });
    return;
  }
  ++seen_.put_off[std::string(wire::to_string(refused.code))];
  for (const Message& message : outbox_) {
    if (message.id == refused.id) client_->send(message.frame);
  }
}

void EnduringClient::on_closed(const lab::Closed& closed) {
  ++(closed.code == 0 ? seen_.not_connected : seen_.closed[closed.code]);
  const auto next = std::exchange(next_edge_, std::nullopt);
  if (!next || closed.code != wire::close_code_of(wire::Code::draining)) return reconnect();
  if (!next->url.empty()) config_.url = next->url;
  reconnect(next->pause);
}

// A link that is dead at its other end says nothing of it: so the edge is asked each second.
void EnduringClient::look_at_clock() {
  clock_.expires_after(kAskEvery);
  clock_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](auto error) {
    if (error || !alive.lock() || !client_) return;
    if (steady_clock::now() - heard_at_ > (welcomed() ? kSilenceMax : kLoginMax)) {
      ++seen_.timeouts;
      return reconnect();
    }
    if (welcomed()) client_->send(lab::encoded_frame(wire::Ping{"alive"}));
    look_at_clock();
  });
}

void EnduringClient::reconnect(std::chrono::milliseconds pause) {
  const std::weak_ptr<bool> alive = alive_;
  clock_.cancel();
  boost::asio::post(io_, [this, alive] {
    if (alive.lock()) client_.reset();
  });
  again_.expires_after(pause);
  again_.async_wait([this, alive](auto error) {
    if (!error && alive.lock()) open();
  });
}

void EnduringClient::resend() {
  for (const Message& message : outbox_) client_->send(message.frame);
}

}  // namespace trunkline::tests
