// Two clients in one process: A sends on one edge, B is shown the messages on another. Both ends
// read one clock, so latency has no clock error.
//
// Threads: the one of the io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "lab/client.h"
#include "lab/hops.h"
#include "lab/slices.h"
#include "lab/targets.h"
#include "lab/traffic.h"
#include "wire/trace.h"

namespace trunkline::lab {

// How a traced message tells where it was: by its own block of stamps, by the postcards of the
// processes on its road, or by both.
enum class TraceMode : std::uint8_t { in_band, postcard, both };

// What all pairs of a run share: how they send, and what they measure.
struct PairRun {
  // set before the first pair is made
  wire::MessageClass message_class = wire::MessageClass::direct;
  Protocol protocol = Protocol::bin;
  std::string tag;       // begins every id, so that messages of other runs are known
  std::string body;      // of every message
  bool stamped = false;  // frames carry a trace …
  TraceMode trace_mode = TraceMode::in_band;
  double sampled_fraction = 1.0;           // … and so many of them are traced
  std::int64_t from_ns = 0, until_ns = 0;  // what is due in between is measured
  std::minstd_rand chance{1};
  std::size_t places = 0;  // that pairs are between
  std::uint32_t cell = 0;  // of an experiment

  // measured
  std::optional<wire::Storage> storage;  // as the ranks say in `welcome`
  Slice* slice = nullptr;                // of this second
  // Shown, by places: `from` times places plus `to`. Made when the first message is shown.
  std::vector<std::unique_ptr<SmallHistogram>> between;
  HopTable hops;
  std::vector<wire::Card> cards;  // of the clients: due, sent, received
  // Shown, of messages with a trace: those that it was drawn for, and the others. Empty while no
  // message has one.
  std::optional<Histogram> traced, padded;
  // Traced messages, as they came, whose stamps are of several clocks: their hops are told when it
  // is known where those stood.
  bool keeps_stamps = false;
  struct KeptStamps {
    wire::StampBlock stamps;
    std::size_t to_place = 0;
  };
  std::vector<KeptStamps> kept;
  // That happened in [from, until).
  std::uint64_t sent_in_time = 0, shown_in_time = 0, stored_in_time = 0;
  std::map<wire::Code, std::uint64_t> refusals;
};

// Of a traced message in Slice::traced: u32 cell, u32 number of the pair, u64 when it was due (of
// the stamps' clock), then its stamp block as it came, 64 bytes.
inline constexpr std::size_t kTracedBytes = 80;

class Pair {
 public:
  struct Config {
    std::size_t number = 0;
    Ends places;
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
  wire::Bytes begin_trace(std::int64_t due_ns, std::int64_t sent_ns);
  void add_card(std::uint64_t id, wire::Stage stage, std::uint64_t ns);
  void trace(const wire::FrameView& frame);
  bool is_ours(wire::BytesView id, std::uint64_t& sequence) const;
  void acknowledge(End& end, Client& client);

  SmallHistogram& between();
  Histogram* by_trace(const wire::FrameView& frame);

  PairRun& run_;
  const std::size_t number_, between_;
  Handlers handlers_;
  End sender_end_, receiver_end_;
  Client sender_, receiver_;
  std::optional<Tally> tally_;
  std::uint64_t written_off_ = 0;
  wire::Bytes frame_;  // reused
};

}  // namespace trunkline::lab
