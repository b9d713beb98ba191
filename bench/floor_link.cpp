#include "bench/floor_link.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "bench/floor_frame.h"

namespace trunkline::bench {
namespace {

constexpr int kTag = 1;
// A batch begins with its number (0: a bare confirm) and how many of the peer's were taken.
constexpr std::size_t kHeaderBytes = 16;

void begin_batch(std::string& batch, std::uint64_t number, std::uint64_t taken) {
  batch.resize(kHeaderBytes);
  wire::store_le(batch.data(), number);
  wire::store_le(batch.data() + 8, taken);
}

sockaddr_un bell_address(const std::string& run_directory, int rank) {
  const std::string path = run_directory + "/floor-" + std::to_string(rank) + ".bell";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    throw std::runtime_error("the run directory's path is too long for a socket: " + path);
  }
  path.copy(address.sun_path, path.size());
  return address;
}

// The longest prefix of whole frames that is not above `bytes_max`, but at least one frame.
std::size_t whole_frames(std::string_view frames, std::size_t bytes_max) {
  if (frames.size() <= bytes_max) return frames.size();
  std::size_t at = 0;
  while (at < frames.size()) {
    const std::size_t length = floor_frame_length(frames.substr(at));
    if (at != 0 && at + length > bytes_max) break;
    at += length;
  }
  return at;
}

}  // namespace

FloorLink::FloorLink(const std::string& run_directory) {
  int rank = 0, size = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (size != 2) throw std::runtime_error("the floor runs on two ranks: mpirun -np 2");
  peer_ = 1 - rank;
  own_bell_ = bell_address(run_directory, rank);
  peer_bell_ = bell_address(run_directory, peer_);
  bell_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  unlink(own_bell_.sun_path);
  if (bell_ < 0 || bind(bell_, reinterpret_cast<sockaddr*>(&own_bell_), sizeof own_bell_) != 0) {
    throw std::runtime_error(std::string("cannot bind ") + own_bell_.sun_path);
  }
  for (Receiving& slot : receiving_) {
    slot.batch.resize(kRoom);
    post(slot);
  }
  MPI_Barrier(MPI_COMM_WORLD);  // both bells hang before anything is sent
}

FloorLink::~FloorLink() {
  close(bell_);
  unlink(own_bell_.sun_path);
}

void FloorLink::post(Receiving& slot) {
  MPI_Irecv(slot.batch.data(), static_cast<int>(slot.batch.size()), MPI_BYTE, peer_, kTag,
            MPI_COMM_WORLD, &slot.request);
}

void FloorLink::take_ring() {
  // All that lie there, in one call; should there be more, it rings again.
  char bytes[8];
  iovec places[8];
  mmsghdr rings[8] = {};
  for (std::size_t i = 0; i < std::size(rings); ++i) {
    places[i] = {bytes + i, 1};
    rings[i].msg_hdr.msg_iov = &places[i];
    rings[i].msg_hdr.msg_iovlen = 1;
  }
  recvmmsg(bell_, rings, std::size(rings), MSG_DONTWAIT, nullptr);
}

void FloorLink::ring(std::int64_t now_us) {
  const char byte = 0;
  // A bell that is full rings already; one that is gone has no one behind it.
  (void)sendto(bell_, &byte, 1, 0, reinterpret_cast<sockaddr*>(&peer_bell_), sizeof peer_bell_);
  rung_ = sent_;
  peer_sleeps_ = false;
  ring_at_us_ = now_us + ring_again_us_;
}

bool FloorLink::receive(std::string& frames) {
  bool any = false;
  for (;;) {
    Receiving& slot = receiving_[received_ % kReceives];
    int done = 0;
    MPI_Status status;
    MPI_Test(&slot.request, &done, &status);
    if (done == 0) return any;
    int size = 0;
    MPI_Get_count(&status, MPI_BYTE, &size);
    take(std::string_view(slot.batch).substr(0, static_cast<std::size_t>(size)), frames);
    post(slot);
    ++received_;
    any = true;
  }
}

void FloorLink::take(std::string_view batch, std::string& frames) {
  const auto number = wire::load_le<std::uint64_t>(batch.data());
  const auto confirmed = wire::load_le<std::uint64_t>(batch.data() + 8);
  if (confirmed > confirmed_) {
    confirmed_ = confirmed;
    ring_again_us_ = kRingAgainUs;
    if (unconfirmed() != 0) ring_at_us_ = sending_[confirmed_ % kWindow].sent_us + kRingAgainUs;
  }
  peer_sleeps_ = number == 0;
  if (number == 0) return;
  ++taken_;
  frames.append(batch.substr(kHeaderBytes));
}

void FloorLink::send(std::string& frames, std::int64_t now_us) {
  while (!frames.empty() && unconfirmed() < kWindow) {
    const std::size_t bytes = whole_frames(frames, kBatchBytesMax);
    send_batch(std::string_view(frames).substr(0, bytes), now_us);
    frames.erase(0, bytes);
  }
  if (unconfirmed() == 0) return;
  if (now_us >= ring_at_us_) {
    ring_again_us_ = std::min(2 * ring_again_us_, kRingAgainMaxUs);
    ring(now_us);
  } else if (peer_sleeps_ && rung_ != sent_) {
    ring(now_us);  // it slept before it saw our last batch; no need to wait 2 ms for that
  }
}

void FloorLink::send_batch(std::string_view frames, std::int64_t now_us) {
  Sending& slot = sending_[sent_ % kWindow];
  MPI_Wait(&slot.request, MPI_STATUS_IGNORE);  // confirmed, so it is complete
  const bool quiet = unconfirmed() == 0;
  begin_batch(slot.batch, ++sent_, taken_);
  slot.batch.append(frames);
  slot.sent_us = now_us;
  confirm_sent_ = taken_;
  MPI_Isend(slot.batch.data(), static_cast<int>(slot.batch.size()), MPI_BYTE, peer_, kTag,
            MPI_COMM_WORLD, &slot.request);
  if (quiet) {
    ring_again_us_ = kRingAgainUs;
    ring(now_us);
  }
}

bool FloorLink::may_sleep(std::string& frames, std::int64_t now_us) {
  int done = 0;
  if (confirm_sent_ != taken_) {
    MPI_Test(&confirm_.request, &done, MPI_STATUS_IGNORE);
    if (done == 0) return false;
    begin_batch(confirm_.batch, 0, taken_);
    confirm_sent_ = taken_;
    MPI_Isend(confirm_.batch.data(), static_cast<int>(confirm_.batch.size()), MPI_BYTE, peer_, kTag,
              MPI_COMM_WORLD, &confirm_.request);
  }
  for (int test = 0; test < kEmptyTestsBeforeSleep; ++test) {
    if (receive(frames)) return false;
  }
  MPI_Test(&confirm_.request, &done, MPI_STATUS_IGNORE);
  if (done == 0) return false;
  for (Sending& slot : sending_) {
    MPI_Test(&slot.request, &done, MPI_STATUS_IGNORE);
    if (done == 0) return false;
  }
  return now_us < wake_at_us();
}

}  // namespace trunkline::bench
