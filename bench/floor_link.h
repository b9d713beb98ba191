// The floor's link between its two ranks: MPI, the doorbell, and nothing else. Same scheme as the
// product's: numbered batches in a window of four, a running count as confirm, a datagram that
// rings when nothing was unconfirmed, again after 2 ms, a bare confirm before sleeping.
//
// Threads: the rank's one thread. Failure: any error of MPI ends the job.
#pragma once

#include <mpi.h>
#include <sys/un.h>

#include <array>
#include <cstdint>
#include <string>

namespace trunkline::bench {

inline constexpr std::int64_t kNever = INT64_MAX;

class FloorLink {
 public:
  // REQUIRES: MPI is initialised and has two ranks. Binds RUN/floor-RANK.bell.
  explicit FloorLink(const std::string& run_directory);
  ~FloorLink();
  FloorLink(const FloorLink&) = delete;
  FloorLink& operator=(const FloorLink&) = delete;

  int bell_descriptor() const { return bell_; }
  void take_ring();

  // Appends the frames of every batch that has come. True: there was a batch or a confirm.
  bool receive(std::string& frames);
  // Sends as much of `frames` as the window allows, and takes it off `frames`.
  void send(std::string& frames, std::int64_t now_us);
  // Pays the confirm that is owed and looks for input once more. True: nothing more to do before
  // wake_at_us().
  bool may_sleep(std::string& frames, std::int64_t now_us);
  std::int64_t wake_at_us() const { return unconfirmed() == 0 ? kNever : ring_at_us_; }

 private:
  static constexpr std::size_t kWindow = 4;
  static constexpr std::size_t kReceives = 8;
  static constexpr std::size_t kBatchBytesMax = 64 * 1024;
  static constexpr std::size_t kRoom = 2 * kBatchBytesMax;
  static constexpr std::int64_t kRingAgainUs = 2'000, kRingAgainMaxUs = 10'000;
  static constexpr int kEmptyTestsBeforeSleep = 4;

  struct Sending {
    std::string batch;
    MPI_Request request = MPI_REQUEST_NULL;
    std::int64_t sent_us = 0;
  };
  struct Receiving {
    std::string batch;
    MPI_Request request = MPI_REQUEST_NULL;
  };

  std::uint64_t unconfirmed() const { return sent_ - confirmed_; }
  void post(Receiving& slot);
  void send_batch(std::string_view frames, std::int64_t now_us);
  void take(std::string_view batch, std::string& frames);
  void ring(std::int64_t now_us);

  int peer_;
  int bell_;
  sockaddr_un own_bell_{}, peer_bell_{};
  std::array<Sending, kWindow> sending_;
  Sending confirm_;
  std::array<Receiving, kReceives> receiving_;
  std::uint64_t received_ = 0;      // MPI messages; picks the slot that is filled next
  std::uint64_t sent_ = 0;          // batches
  std::uint64_t confirmed_ = 0;     // of them, by the peer
  std::uint64_t taken_ = 0;         // the peer's batches
  std::uint64_t confirm_sent_ = 0;  // what the peer was told of taken_
  std::uint64_t rung_ = 0;          // sent_ when the bell was rung last
  bool peer_sleeps_ = false;        // a bare confirm has come: it was about to sleep
  std::int64_t ring_at_us_ = kNever, ring_again_us_ = kRingAgainUs;
};

}  // namespace trunkline::bench
