// Two clients in one process: A sends on one edge, B is shown the messages on another. Both ends
// read one clock, so latency has no clock error.
//
// Threads: the one of the io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>

#include "lab/client.h"
#include "lab/hops.h"
#include "lab/tally.h"
#include "lab/targets.h"

namespace trunkline::lab {

// What all pairs of a run share: how they send, and what they measure.
struct PairRun {
  // set before the first pair is made
  wire::MessageClass message_class = wire::MessageClass::direct;
  Protocol protocol = Protocol::bin;
  std::string tag;                // begins every id, so that messages of other runs are known
  std::string body;               // of every message
  bool stamped = false;           // frames carry a stamp block …
  double sampled_fraction = 1.0;  // … and so many of them are traced
  std::int64_t from_ns = 0, until_ns = 0;  // what is due in between is measured
  std::minstd_rand chance{1};

  // measured
  std::optional<wire::Storage> storage;  // as the ranks say in `welcome`
  Histogram shown, stored, lateness;
  HopTable hops;
  std::uint64_t shown_in_time = 0, stored_in_time = 0;  // that happened in [from, until)
  std::map<wire::Code, std::uint64_t> refusals;
};

class Pair {
 public:
  struct Config {
    std::string from_url, to_url;
    Login sender, receiver;
    Mechanism mechanism = Mechanism::scram;
    bool verify_certificate = false;
  };
  struct Handlers {
    std::function<void()> on_ready;                     // both ends are welcomed
    std::function<void()> on_answered;                  // what is outstanding has changed
    std::function<void(const std::string&)> on_failed;  // an end was closed; why
  };
  Pair(boost::asio::io_context& io, PairRun& run, Config config, Handlers handlers);

  void open();
  // Sends the message that was due at `due_ns`; it leaves at the next flush (client.h).
  void send(std::int64_t due_ns);
  void flush() { sender_.flush(); }
  // Acknowledges what both ends were shown; else the next run begins with it.
  void acknowledge();

  // Messages that wait for their answer: shown (direct) or stored. Direct ones that were dropped
  // stay until written off.
  std::uint64_t outstanding() const;
  void write_off() { written_off_ += outstanding(); }
  // All that was sent has been shown, and if stored, acknowledged; or was refused.
  bool settled() const;

  std::uint64_t written_off() const { return written_off_; }
  const TallySums& sums() const { return tally_->sums(); }
  // When measuring begins and ends is known only after all pairs are ready.
  void begin(std::int64_t from_ns, std::int64_t until_ns) { tally_.emplace(from_ns, until_ns); }

 private:
  struct End {  // one client's reading position
    wire::Mseq shown = 0, acknowledged = 0;
    bool welcomed = false;
  };
  ClientHandlers handlers_of(End& end, bool is_sender);
  ClientConfig client_config(const Config& config, bool is_sender) const;
  void take(End& end, bool is_sender, const wire::FrameView& frame);
  void note_storage(const wire::FrameView& frame);
  void shown(const wire::FrameView& frame, const wire::MessageView& message);
  void trace(const wire::FrameView& frame);
  bool is_ours(wire::BytesView id, std::uint64_t& sequence) const;
  void acknowledge(End& end, Client& client);

  PairRun& run_;
  Handlers handlers_;
  End sender_end_, receiver_end_;
  Client sender_, receiver_;
  std::optional<Tally> tally_;
  std::uint64_t written_off_ = 0;
  wire::Bytes frame_;  // reused
};

}  // namespace trunkline::lab
