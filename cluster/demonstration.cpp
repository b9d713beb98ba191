#include "cluster/demonstration.h"

#include <time.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdio>
#include <fstream>
#include <optional>
#include <stdexcept>

#include "lab/admin_client.h"
#include "lab/client.h"
#include "wire/stamps.h"

namespace trunkline::cluster {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kArrivalMax{10};

std::uint64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_RAW, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

struct Hop {
  wire::Stamp end;
  const char* what;
};
// Each hop ends at its stamp and begins at the one before that is present.
constexpr Hop kHops[] = {
    {wire::Stamp::edge_in, "client to edge 1, parsed"},
    {wire::Stamp::edge_out, "in edge 1, to ZeroMQ"},
    {wire::Stamp::rank_in, "ZeroMQ to the rank"},
    {wire::Stamp::rank_link, "in the rank, to MPI (routing; the commit, if home is here)"},
    {wire::Stamp::rank_matched, "MPI, doorbell and wake-up"},
    {wire::Stamp::rank_out, "in the last rank, to ZeroMQ (the commit, if home is here)"},
    {wire::Stamp::edge_back, "ZeroMQ to edge 2"},
    {wire::Stamp::edge_write, "in edge 2, to the socket"},
    {wire::Stamp::client_receive, "edge 2 to client"},
};

void print_hops(const wire::StampBlock& block, std::uint64_t sent_ns, std::uint64_t shown_ns) {
  double sum = 0;
  std::uint32_t from = block.at[static_cast<int>(wire::Stamp::client_send)];
  for (const Hop& hop : kHops) {
    if (!block.has(hop.end)) continue;
    const std::uint32_t to = block.at[static_cast<int>(hop.end)];
    const double hop_us = static_cast<std::int32_t>(to - from) / 1000.0;
    std::printf("  %9.1f µs  %s\n", hop_us, hop.what);
    sum += hop_us;
    from = to;
  }
  std::printf("  %9.1f µs  sum of the hops; end to end %.1f µs (one-way, one clock)\n", sum,
              static_cast<double>(shown_ns - sent_ns) / 1000.0);
}

struct Conversation {
  asio::io_context io;
  int welcomed = 0;
  std::uint64_t sent_ns = 0, shown_ns = 0, stored_ns = 0;
  std::optional<wire::StampBlock> stamps;
  std::string id = "first-" + std::to_string(now_ns());
  bool failed = false;

  void fail(const std::string& why) {
    std::fprintf(stderr, "trunkline: first message: %s\n", why.c_str());
    failed = true;
    io.stop();
  }
  void finish_when_done() {
    if (shown_ns != 0 && stored_ns != 0) io.stop();
  }
};

void received(Conversation& talk, lab::Client& receiver, const wire::FrameView& frame) {
  const auto deliver = wire::payload_of<wire::Deliver>(frame);
  if (!deliver) return;
  receiver.send(lab::encoded_frame(wire::ClientReceived{deliver->mseq}));
  if (deliver->message.id != talk.id) return;
  talk.shown_ns = now_ns();
  if (frame.has(wire::kLab)) {
    wire::Bytes stamped(frame.whole);
    wire::stamp_frame(stamped.data(), wire::Stamp::client_receive, talk.shown_ns, 0);
    if (auto block = wire::decode_stamps(wire::decode(stamped)->stamps)) talk.stamps = *block;
  }
  talk.finish_when_done();
}

void send_first(Conversation& talk, lab::Client& sender, const std::string& to) {
  wire::StampBlock block;
  block.flags = wire::kSampled;
  talk.sent_ns = now_ns();
  block.intended_ns = talk.sent_ns;
  wire::Bytes frame = lab::message_frame(talk.id, to, "the first message",
                                         wire::MessageClass::stored, wire::encoded(block));
  wire::stamp_frame(frame.data(), wire::Stamp::client_send, talk.sent_ns, 0);
  sender.send(frame);
}

}  // namespace

std::vector<DemonstrationAccount> read_accounts(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read the accounts in " + path);
  std::vector<DemonstrationAccount> accounts;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    const auto space = line.find(' ');
    if (space == std::string::npos || !wire::is_name(line.substr(0, space)) ||
        space + 1 == line.size()) {
      throw std::runtime_error(path + ":" + std::to_string(number) + ": not `name password`");
    }
    accounts.push_back({line.substr(0, space), line.substr(space + 1)});
  }
  return accounts;
}

void put_accounts(const wire::ClusterFile& cluster,
                  const std::vector<DemonstrationAccount>& accounts) {
  lab::AdminClient client = lab::connect_admin(cluster);
  for (const DemonstrationAccount& account : accounts) {
    auto answer = client.add_user(account.name, account.password, cluster.iterations);
    if (!answer.done) {
      answer = client.set_password(account.name, account.password, cluster.iterations);
    }
    if (!answer.done) throw std::runtime_error("account " + account.name + ": " + answer.text);
  }
}

bool first_message(const std::vector<std::string>& urls, const DemonstrationAccount& from,
                   const DemonstrationAccount& to) {
  Conversation talk;
  std::optional<lab::Client> sender, receiver;
  const auto welcomed = [&](const wire::FrameView& frame) {
    if (frame.header.kind != wire::Kind::welcome) return false;
    if (++talk.welcomed == 2) send_first(talk, *sender, to.name);
    return true;
  };
  lab::ClientHandlers at_sender;
  at_sender.on_frame = [&](const wire::FrameView& frame) {
    if (welcomed(frame)) return;
    if (frame.header.kind == wire::Kind::client_stored) {
      talk.stored_ns = now_ns();
      talk.finish_when_done();
    } else if (const auto refused = wire::payload_of<wire::ClientRefused>(frame)) {
      talk.fail("refused: " + std::string(to_string(refused->code)));
    }
  };
  lab::ClientHandlers at_receiver;
  at_receiver.on_frame = [&](const wire::FrameView& frame) {
    if (!welcomed(frame)) received(talk, *receiver, frame);
  };
  const auto closed = [&](const lab::Closed& why) {
    talk.fail("connection closed: " + std::to_string(why.code) + " " + why.reason);
  };
  at_sender.on_closed = closed;
  at_receiver.on_closed = closed;
  lab::ClientConfig config;
  config.device = "demonstration";
  config.url = urls.front();
  config.user = from.name;
  config.password = from.password;
  sender.emplace(talk.io, config, at_sender);
  config.url = urls.back();
  config.user = to.name;
  config.password = to.password;
  receiver.emplace(talk.io, config, at_receiver);
  sender->open();
  receiver->open();
  asio::steady_timer timer(talk.io, kArrivalMax);
  timer.async_wait([&](auto error) {
    if (!error) talk.fail("nothing arrived within 10 s");
  });
  talk.io.run();
  if (talk.failed) return false;
  std::printf("%s on %s -> %s on %s: shown after %.1f µs, stored (acknowledged) after %.1f µs\n",
              from.name.c_str(), urls.front().c_str(), to.name.c_str(), urls.back().c_str(),
              static_cast<double>(talk.shown_ns - talk.sent_ns) / 1000.0,
              static_cast<double>(talk.stored_ns - talk.sent_ns) / 1000.0);
  if (talk.stamps) print_hops(*talk.stamps, talk.sent_ns, talk.shown_ns);
  return true;
}

}  // namespace trunkline::cluster
