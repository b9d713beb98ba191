#include "lab/clock_probes.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <set>

#include "wire/stamp_clock.h"

namespace trunkline::lab {
namespace {

constexpr std::size_t kPings = 16;        // of a burst, between two places
constexpr std::size_t kPlacesOfAll = 16;  // above, pairs are a star
constexpr double kLoginPatienceS = 10, kPongPatienceS = 2;

std::string random_tag() {
  char tag[24];
  std::snprintf(tag, sizeof tag, "clock-%08x-", std::random_device{}());
  return tag;
}

// Each two places once; of many, the first with each other one.
std::vector<Ends> probed(const std::vector<Ends>& traffic) {
  std::set<std::pair<std::size_t, std::size_t>> pairs;
  std::set<std::size_t> places;
  for (const auto& [from, to] : traffic) {
    pairs.insert(std::minmax(from, to));
    places.insert({from, to});
  }
  if (places.size() > kPlacesOfAll) pairs.clear();
  // What a place sends to itself crosses nothing that it does not cross on its way to others.
  if (places.size() > 1) {
    std::erase_if(pairs, [](const auto& pair) { return pair.first == pair.second; });
    for (const std::size_t place : places) {
      if (place != *places.begin()) pairs.insert({*places.begin(), place});
    }
  }
  std::vector<Ends> all;
  for (const auto& [from, to] : pairs) all.push_back({from, to});
  return all;
}

}  // namespace

ClockProbes::ClockProbes(boost::asio::io_context& io, Config config, Handlers handlers)
    : config_(std::move(config)),
      handlers_(std::move(handlers)),
      exchanges_(config_.rank_count),
      pairs_(probed(config_.pairs)),
      clients_(config_.urls.size() + 1),
      timer_(io),
      tag_(random_tag()) {
  for (const Ends& pair : pairs_) {
    for (const auto& [number, place] :
         {std::pair(pair.from, pair.from), std::pair(receiver_of(pair), pair.to)}) {
      if (clients_[number].client) continue;
      ClientConfig client;
      client.url = config_.urls[place];
      client.user = config_.logins[number].user;
      client.password = config_.logins[number].password;
      client.mechanism = config_.mechanism;
      client.verify_certificate = config_.verify_certificate;
      ClientHandlers on;
      on.on_frame = [this, number = number](const wire::FrameView& frame) { take(number, frame); };
      on.on_closed = [this, user = client.user, url = client.url](const Closed& how) {
        fail(user + " at " + url + ": " + how.reason + " (close code " + std::to_string(how.code) +
             ")");
      };
      clients_[number].client = std::make_unique<Client>(io, client, on);
    }
  }
}

ClockProbes::~ClockProbes() = default;

// A place that has none but itself to talk to has two clients.
std::size_t ClockProbes::receiver_of(const Ends& pair) const {
  return pair.from == pair.to ? clients_.size() - 1 : pair.to;
}

void ClockProbes::after(double seconds, std::function<void()> what) {
  timer_.expires_after(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds)));
  timer_.async_wait([what = std::move(what)](auto cancelled) {
    if (!cancelled) what();
  });
}

void ClockProbes::open() {
  for (const Probe& probe : clients_) {
    if (probe.client) probe.client->open();
  }
  after(kLoginPatienceS, [this] { fail("the clients that compare clocks could not log in"); });
}

void ClockProbes::fail(const std::string& why) {
  if (phase_ == Phase::finished) return;
  problem_ = why;
  phase_ = Phase::finished;
  timer_.cancel();
  if (!std::exchange(ready_, true)) handlers_.on_ready();
}

void ClockProbes::take(std::size_t number, const wire::FrameView& frame) {
  if (frame.header.kind == wire::Kind::direct) return took(number, frame);
  if (frame.header.kind != wire::Kind::welcome || phase_ != Phase::opening) return;
  clients_[number].welcomed = true;
  const bool all = std::ranges::all_of(
      clients_, [](const Probe& probe) { return !probe.client || probe.welcomed; });
  if (all) begin_burst();
}

void ClockProbes::begin_burst() {
  phase_ = Phase::bursting;
  pair_ = 0;
  pings_left_ = kPings;
  next_ping();
}

void ClockProbes::next_ping() {
  if (pings_left_ == 0) {
    ++pair_;
    pings_left_ = kPings;
  }
  if (pair_ == pairs_.size()) return end_burst();
  --pings_left_;
  both_ = {pairs_[pair_].from, pairs_[pair_].to, {}, {}, 0};
  send(both_.from, receiver_of(pairs_[pair_]));
  // It was dropped, or the cluster stands still: the next burst tries again.
  after(kPongPatienceS, [this] {
    pings_left_ = 0;
    next_ping();
  });
}

void ClockProbes::send(std::size_t from, std::size_t to) {
  const std::uint64_t now = wire::stamp_clock_ns();
  wire::StampBlock block;
  block.flags = wire::kSampled;
  block.sequence = static_cast<std::uint32_t>(++number_);
  block.intended_ns = now;
  block.set(wire::Stamp::client_send, now, wire::stamp_node());
  clients_[from].client->send(message_frame(tag_ + std::to_string(number_), config_.logins[to].user,
                                            "clock", wire::MessageClass::direct,
                                            wire::encoded(block)));
  clients_[from].client->flush();
}

// The ping at the one end, the pong at the other.
void ClockProbes::took(std::size_t number, const wire::FrameView& frame) {
  const auto now = static_cast<std::int64_t>(wire::stamp_clock_ns());
  const auto direct = wire::payload_of<wire::Direct>(frame);
  auto block = wire::decode_stamps(frame.stamps);
  const bool awaited = phase_ == Phase::bursting && direct && block &&
                       direct->message.id == tag_ + std::to_string(number_);
  if (!awaited) return;
  block->set(wire::Stamp::client_receive, static_cast<std::uint64_t>(now), wire::stamp_node());
  const std::size_t receiver = receiver_of(pairs_[pair_]);
  if (number == receiver) {
    both_.ping = *block;
    return send(receiver, both_.from);
  }
  both_.pong = *block;
  both_.ended_ns = now;
  exchanges_.add(both_);
  if (!exchanges_.contradiction().empty()) return fail(exchanges_.contradiction());
  next_ping();
}

void ClockProbes::end_burst() {
  exchanges_.end_burst();
  const ClockNet& net = exchanges_.net();
  if (!ready_) {
    if (net.nodes.empty()) return fail("no message came back");
    // From now on each two clocks are compared between the places that are quickest.
    std::set<std::pair<std::size_t, std::size_t>> wanted;
    for (const ClockPair& pair : exchanges_.pairs()) wanted.insert(pair.places);
    pairs_.clear();
    for (const auto& [from, to] : wanted) pairs_.push_back({from, to});
  }
  const bool over = net.one_clock() || last_ || config_.resync_s == 0;
  phase_ = over ? Phase::finished : Phase::resting;
  timer_.cancel();
  if (!over) after(config_.resync_s, [this] { begin_burst(); });
  if (handlers_.on_burst) handlers_.on_burst();
  if (!std::exchange(ready_, true)) handlers_.on_ready();
}

void ClockProbes::finish() {
  if (last_ || phase_ == Phase::finished) return;
  last_ = true;
  if (phase_ == Phase::resting) begin_burst();
}

}  // namespace trunkline::lab
