// Rank to rank: the only MPI there is. Batches go as raw bytes by isend; receives are pre-posted.
// Nothing here blocks while the cluster serves; the collectives are for the start.
//
// Threads: the rank's one thread (MPI_THREAD_FUNNELED), from construction to destruction.
// Failure: MPI's own (no transport, no memory) ends the job, as MPI does by default. A dead peer is
// not seen here: sends to it succeed. The neighbour watch (routing/) is what sees it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "wire/ids.h"

namespace trunkline::backbone {

struct LinkCounters {
  std::uint64_t batches_in = 0, batches_out = 0, bytes_in = 0, bytes_out = 0;
  std::uint64_t tests = 0;         // of the oldest posted receive
  std::uint64_t sends_pended = 0;  // sends that were not complete at once
};

class RankLink {
 public:
  // Starts MPI. Signals that the process wants to handle must be blocked before: MPI's threads
  // inherit the mask. Throws std::runtime_error when MPI cannot give what is needed.
  RankLink(int& argc, char**& argv);
  // Finalizes MPI: collective, unless an exception is on its way, which aborts the job.
  ~RankLink();
  RankLink(const RankLink&) = delete;
  RankLink& operator=(const RankLink&) = delete;

  wire::RankId self() const;
  std::size_t ranks() const;
  static std::string library();  // of MPI, and its version; one line

  // ---- at start only: collective, blocking
  void barrier();
  std::uint64_t max_over_ranks(std::uint64_t mine);
  std::vector<wire::Bytes> gather(wire::BytesView mine);  // everyone's, by rank; on every rank
  wire::Bytes from_rank_0(wire::BytesView mine);          // what rank 0 gave, on every rank

  // ---- at start only: a ping-pong (mpi_floor.h). One send and one receive at a time; the bytes
  // belong to the caller until it is complete. sent() and received() test, and make progress.
  void start_send(wire::RankId peer, wire::BytesView bytes);
  bool sent();
  void start_receive(wire::RankId peer, char* bytes, std::size_t size);
  bool received();

  // ---- while the cluster serves: never blocks
  // Posts the receives. REQUIRES: before the first receive() or arrived().
  void open();
  struct Received {
    wire::RankId peer = wire::kNoRank;
    char* data = nullptr;  // lives until the next call of receive()
    std::size_t size = 0;
  };
  // Takes the next batch, in the order in which each peer sent them. False: none is there.
  bool receive(Received& out);
  // One test for a waiting batch, without taking it. MPI makes progress in it.
  bool arrived();
  // Hands a batch to MPI, which reads it until the send is complete; it is owned here until then.
  void send(wire::RankId peer, wire::Bytes batch);
  // Tests what is under way. True: MPI needs nothing more of this thread.
  bool sends_complete();

  // ---- before and after that: a barrier that is tested. One at a time.
  void begin_barrier();
  bool barrier_done();
  // Takes back the posted receives. REQUIRES: sends_complete() here and at every peer.
  void close();

  const LinkCounters& counters() const;

 private:
  struct Mpi;
  std::unique_ptr<Mpi> mpi_;
};

}  // namespace trunkline::backbone
