#include "backbone/rank_link.h"

#include <mpi.h>
#include <stdlib.h>

#include <boost/mpi/collectives.hpp>
#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <boost/mpi/operations.hpp>
#include <stdexcept>

#include "wire/check.h"
#include "wire/limits.h"
#include "wire/placement.h"

namespace trunkline::backbone {
namespace mpi = boost::mpi;
namespace {

constexpr int kBatchTag = 1, kPingPongTag = 2;
// Room for a burst from several peers between two turns; more waits inside MPI.
constexpr std::size_t kPostedReceives = 16;

// Open MPI 4.1 sends between ranks of one host "in place": a send of 257 bytes to 4 KiB is complete
// only when its receiver has woken and looked (measured: 199 of 200), and a rank may not sleep
// before. Without that flag it is copied into shared memory and complete at once. Who sets the
// parameter himself has his way; other libraries and versions do not know it.
void complete_small_sends_at_once() {
  ::setenv("OMPI_MCA_btl_vader_flags", "send,put,get,atomics,fetching-atomics", 0);
}

bool is_complete(MPI_Request& request) {
  int done = 0;
  MPI_Test(&request, &done, MPI_STATUS_IGNORE);
  return done != 0;
}

}  // namespace

struct RankLink::Mpi {
  struct Posted {
    std::vector<char> room;
    mpi::request request;
  };
  struct Sending {
    wire::Bytes batch;
    mpi::request request;
  };

  Mpi(int& argc, char**& argv) : environment(argc, argv, mpi::threading::funneled) {}

  void post(Posted& posted) {
    posted.request = world.irecv(mpi::any_source, kBatchTag, posted.room.data(),
                                 static_cast<int>(posted.room.size()));
  }

  mpi::environment environment;
  mpi::communicator world;
  // A ring: MPI matches messages to receives in the order of posting, so the oldest holds what came
  // first. Only it is tested: a later one may complete earlier, and order would be lost.
  std::vector<Posted> ring;
  std::size_t oldest = 0;
  bool taken = false;  // the oldest was handed out and is posted again by the next receive()
  boost::optional<mpi::status> waiting;  // of the oldest: complete, not yet taken
  std::vector<Sending> sending;
  MPI_Request leaving = MPI_REQUEST_NULL, ping_out = MPI_REQUEST_NULL, ping_in = MPI_REQUEST_NULL;
  LinkCounters counters;
};

RankLink::RankLink(int& argc, char**& argv) {
  complete_small_sends_at_once();
  mpi_ = std::make_unique<Mpi>(argc, argv);
  if (mpi::environment::thread_level() < mpi::threading::funneled) {
    throw std::runtime_error(
        "this MPI allows no threads beside it (MPI_THREAD_FUNNELED): build "
        "with another");
  }
  if (ranks() > wire::kRanksMax) {
    throw std::runtime_error("at most " + std::to_string(wire::kRanksMax) + " ranks");
  }
}
RankLink::~RankLink() = default;

wire::RankId RankLink::self() const {
  return static_cast<wire::RankId>(mpi_->world.rank());
}
std::size_t RankLink::ranks() const {
  return static_cast<std::size_t>(mpi_->world.size());
}

std::string RankLink::library() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  MPI_Get_library_version(text, &length);
  std::string line(text, static_cast<std::size_t>(length));
  return line.substr(0, line.find_first_of(",\n"));
}

void RankLink::barrier() {
  mpi_->world.barrier();
}

std::uint64_t RankLink::max_over_ranks(std::uint64_t mine) {
  return mpi::all_reduce(mpi_->world, mine, mpi::maximum<std::uint64_t>());
}

std::vector<wire::Bytes> RankLink::gather(wire::BytesView mine) {
  std::vector<int> sizes;
  mpi::all_gather(mpi_->world, static_cast<int>(mine.size()), sizes);
  std::vector<int> starts;
  int total = 0;
  for (const int size : sizes) {
    starts.push_back(total);
    total += size;
  }
  wire::Bytes all(static_cast<std::size_t>(total), '\0');
  MPI_Allgatherv(mine.data(), static_cast<int>(mine.size()), MPI_CHAR, all.data(), sizes.data(),
                 starts.data(), MPI_CHAR, mpi_->world);
  std::vector<wire::Bytes> texts;
  for (std::size_t rank = 0; rank < sizes.size(); ++rank) {
    texts.push_back(
        all.substr(static_cast<std::size_t>(starts[rank]), static_cast<std::size_t>(sizes[rank])));
  }
  return texts;
}

wire::Bytes RankLink::from_rank_0(wire::BytesView mine) {
  std::size_t size = mine.size();
  mpi::broadcast(mpi_->world, size, 0);
  wire::Bytes bytes(mine);
  bytes.resize(size);
  if (size > 0) mpi::broadcast(mpi_->world, bytes.data(), static_cast<int>(size), 0);
  return bytes;
}

void RankLink::start_send(wire::RankId peer, wire::BytesView bytes) {
  MPI_Isend(bytes.data(), static_cast<int>(bytes.size()), MPI_CHAR, peer, kPingPongTag, mpi_->world,
            &mpi_->ping_out);
}
bool RankLink::sent() {
  return is_complete(mpi_->ping_out);
}

void RankLink::start_receive(wire::RankId peer, char* bytes, std::size_t size) {
  MPI_Irecv(bytes, static_cast<int>(size), MPI_CHAR, peer, kPingPongTag, mpi_->world,
            &mpi_->ping_in);
}
bool RankLink::received() {
  return is_complete(mpi_->ping_in);
}

void RankLink::open() {
  TRUNKLINE_CHECK(mpi_->ring.empty(), "a link is opened once");
  if (ranks() == 1) return;  // nobody sends to itself: homes on the own rank skip the hop
  mpi_->ring.resize(kPostedReceives);
  for (Mpi::Posted& posted : mpi_->ring) {
    posted.room.resize(wire::kLinkBatchBytesRoom);
    mpi_->post(posted);
  }
}

bool RankLink::arrived() {
  Mpi& mpi = *mpi_;
  if (mpi.ring.empty()) return false;
  if (mpi.taken) {
    mpi.post(mpi.ring[mpi.oldest]);
    mpi.oldest = (mpi.oldest + 1) % mpi.ring.size();
    mpi.taken = false;
  }
  if (!mpi.waiting) {
    ++mpi.counters.tests;
    mpi.waiting = mpi.ring[mpi.oldest].request.test();
  }
  return mpi.waiting.has_value();
}

bool RankLink::receive(Received& out) {
  if (!arrived()) return false;
  Mpi& mpi = *mpi_;
  const auto count = mpi.waiting->count<char>();
  TRUNKLINE_CHECK(count.has_value(), "a batch is whole bytes");
  out.peer = static_cast<wire::RankId>(mpi.waiting->source());
  out.data = mpi.ring[mpi.oldest].room.data();
  out.size = static_cast<std::size_t>(*count);
  mpi.waiting.reset();
  mpi.taken = true;
  ++mpi.counters.batches_in;
  mpi.counters.bytes_in += out.size;
  return true;
}

void RankLink::send(wire::RankId peer, wire::Bytes batch) {
  Mpi& mpi = *mpi_;
  TRUNKLINE_CHECK(batch.size() <= wire::kLinkBatchBytesRoom, "a posted receive holds every batch");
  // MPI reads the bytes while the string that owns them moves: they must not lie inside of it.
  static_assert(wire::kBatchHeaderBytes > sizeof(wire::Bytes));
  TRUNKLINE_CHECK(batch.size() >= wire::kBatchHeaderBytes, "a batch has a header");
  ++mpi.counters.batches_out;
  mpi.counters.bytes_out += batch.size();
  Mpi::Sending sending{std::move(batch), {}};
  sending.request = mpi.world.isend(peer, kBatchTag, sending.batch.data(),
                                    static_cast<int>(sending.batch.size()));
  if (sending.request.test()) return;
  ++mpi.counters.sends_pended;
  mpi.sending.push_back(std::move(sending));
}

bool RankLink::sends_complete() {
  std::erase_if(mpi_->sending, [](Mpi::Sending& sending) { return !!sending.request.test(); });
  return mpi_->sending.empty();
}

void RankLink::begin_barrier() {
  TRUNKLINE_CHECK(mpi_->leaving == MPI_REQUEST_NULL, "one barrier at a time");
  MPI_Ibarrier(mpi_->world, &mpi_->leaving);
}

bool RankLink::barrier_done() {
  return is_complete(mpi_->leaving);
}

void RankLink::close() {
  for (Mpi::Posted& posted : mpi_->ring) {
    if (!posted.request.active()) continue;
    posted.request.cancel();
    posted.request.wait();
  }
  mpi_->ring.clear();
}

const LinkCounters& RankLink::counters() const {
  return mpi_->counters;
}

}  // namespace trunkline::backbone
