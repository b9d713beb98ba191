// Every limit of the protocol in one place: value, unit, reason. A change here changes what
// processes promise one another, so it changes kWireVersion too where peers would disagree.
#pragma once

#include <cstddef>
#include <cstdint>

namespace trunkline::wire {

inline constexpr std::uint8_t kWireVersion = 1;

// ---- names and messages
inline constexpr std::size_t kNameBytesMax = 64;  // user, device, id: one length byte, fits indexes
inline constexpr std::size_t kFrameBytesMax =
    64 * 1024;  // a client's frame after login (inclusive)
inline constexpr std::size_t kFrameBytesMaxBeforeLogin = 8 * 1024;  // strangers get less memory
inline constexpr std::size_t kFrameBytesHardMax = 256 * 1024;       // above: close 1009, unread
// What the cluster may add to a client's message: header, fixed fields, three names, stamps,
// padding.
inline constexpr std::size_t kEnvelopeBytesMax = 1024;
inline constexpr std::size_t kClusterFrameBytesMax = kFrameBytesMax + kEnvelopeBytesMax;

// ---- batches
inline constexpr std::size_t kLinkBatchBytesMax = 64 * 1024;  // closed once it holds this much
inline constexpr std::size_t kPortBatchBytesMax = 256 * 1024;
// A batch is closed when it has reached its bound, so it may exceed it by one largest frame.
inline constexpr std::size_t kBatchHeaderBytes = 48;
inline constexpr std::size_t kLinkBatchBytesRoom =
    kBatchHeaderBytes + kLinkBatchBytesMax + kClusterFrameBytesMax;  // a posted receive
inline constexpr std::size_t kPortBatchBytesRoom =
    kBatchHeaderBytes + kPortBatchBytesMax + kClusterFrameBytesMax;  // ZMQ_MAXMSGSIZE

// ---- edge: what is unanswered, per session and per port
inline constexpr std::size_t kHeldPerSessionMax = 64;
inline constexpr std::size_t kHeldBytesPerSessionMax = 256 * 1024;
inline constexpr std::size_t kHeldPerPortMax = 1024;
inline constexpr std::size_t kHeldBytesPerPortMax = 4 * 1024 * 1024;
inline constexpr std::size_t kAttachesOutstandingPerPortMax = 1024;
inline constexpr std::size_t kHistoryOutstandingPerPortMax = 8;

// ---- edge: towards the socket
inline constexpr std::size_t kDirectOutboxBytesMax =
    64 * 1024;  // above: direct is dropped, counted
inline constexpr std::size_t kAnswerOutboxBytesMax = 128 * 1024;  // above: the socket is not read

// ---- rank to rank
inline constexpr std::size_t kLinkBatchesUnconfirmedMax = 4;
inline constexpr std::size_t kSendBytesOutstandingMin = 64 * 1024;  // per home, whatever the ranks
inline constexpr std::size_t kSendBytesOutstandingAllRanks = 64 * 1024 * 1024;
constexpr std::size_t send_bytes_outstanding_max(std::size_t ranks) {
  const std::size_t share = kSendBytesOutstandingAllRanks / (ranks == 0 ? 1 : ranks);
  return share < kSendBytesOutstandingMin ? kSendBytesOutstandingMin : share;
}
inline constexpr std::size_t kCopyWindowBytes = 256 * 1024;
inline constexpr std::size_t kCopyFrameBytesMax = 48 * 1024;  // records of one COPY frame

// ---- rank to edge
inline constexpr std::size_t kPortDirectUnconfirmedBytesMax =
    1 * 1024 * 1024;                                                       // above: drop direct
inline constexpr std::size_t kPortUnconfirmedBytesMax = 16 * 1024 * 1024;  // above: break the port

// ---- either way on a port
inline constexpr std::size_t kPortConfirmOwedBytesMax =
    256 * 1024;  // a confirm waits for a batch or a beat below it; from here it goes alone

// ---- mailboxes
inline constexpr std::size_t kPumpRecordsMax = 64;
inline constexpr std::size_t kPumpBytesMax = 64 * 1024;
inline constexpr std::size_t kRememberedIdsMax = 1024;    // R, per (receiver, sender device)
inline constexpr std::size_t kClientUnansweredMax = 256;  // W: safe while R >= W
inline constexpr std::size_t kDevicesPerUserMax = 32;
inline constexpr std::size_t kQuotaMessages = 10'000;
inline constexpr std::size_t kQuotaBytes = 64 * 1024 * 1024;
inline constexpr std::size_t kRetentionRecords = 100'000;
inline constexpr std::size_t kRetentionBytes = 256 * 1024 * 1024;
inline constexpr std::int64_t kRetentionMs = std::int64_t{90} * 24 * 3600 * 1000;
inline constexpr std::int64_t kRememberedIdsKeptMs = std::int64_t{7} * 24 * 3600 * 1000;
inline constexpr std::size_t kHistoryLimitDefault = 50;
inline constexpr std::size_t kHistoryLimitMax = 200;
inline constexpr std::size_t kHistoryPageBytesMax = 256 * 1024;

// ---- store
inline constexpr std::size_t kCommitRecordsMax = 1'000;
inline constexpr std::size_t kCommitBytesMax = 256 * 1024;
// A copy for the sender's other devices, alone, waits this long for a commit to go along with: each
// commit saved is a disk that is free when a message comes.
inline constexpr std::int64_t kCommitPatienceUs = 5'000;
inline constexpr std::size_t kCommitPatientMax = 64;  // so many do not wait

// ---- times, microseconds unless the name says otherwise
inline constexpr std::int64_t kBeatEveryUs = 1'000'000;
inline constexpr std::int64_t kPortSilenceUs = 3'000'000;       // edge and rank watch each other
inline constexpr std::int64_t kNeighbourSilenceUs = 5'000'000;  // a rank watches one neighbour
inline constexpr std::int64_t kCursorFlushUs = 100'000;
inline constexpr std::int64_t kBusyAfterUs = 5'000'000;          // a SEND waits no longer (rule 7a)
inline constexpr std::int64_t kHeldAlarmUs = 10'000'000;         // rule 7
inline constexpr std::int64_t kUnavailableAfterUs = 30'000'000;  // the edge answers by itself
inline constexpr std::int64_t kNoRankAtLoginUs = 10'000'000;
inline constexpr std::int64_t kAttachAgainUs = 1'000'000;  // after AttachRefused(busy, full)
inline constexpr std::int64_t kSlowConsumerUs = 10'000'000;
inline constexpr std::int64_t kByeUs = 5'000'000;    // answers owed are waited for after `bye`
inline constexpr std::int64_t kDrainUs = 4'000'000;  // an edge that stops; then sockets are closed
// A drain at a rate: for the answers that a session waits for when its turn has come.
inline constexpr std::int64_t kDrainHeldUs = 5'000'000;
inline constexpr std::int64_t kReringSameHostUs = 2'000;
inline constexpr std::int64_t kReringOtherHostUs = 200;
inline constexpr std::int64_t kReringMaxUs = 10'000;
inline constexpr int kEmptyProbesBeforeSleep = 4;

// ---- login
inline constexpr std::uint32_t kIterationsDefault = 600'000;
inline constexpr std::uint32_t kIterationsDemo = 4'096;  // RFC 7677's floor: demo and lab clusters

// ---- JSON
inline constexpr std::size_t kJsonDepthMax = 32;
inline constexpr std::size_t kJsonElementsMax = 1'024;
inline constexpr std::uint64_t kNumberMax = (std::uint64_t{1} << 53) - 1;

// One largest frame always fits an empty window: nothing can be too large to move.
static_assert(kRememberedIdsMax >= kClientUnansweredMax, "protocol.md section 2: R >= W");
static_assert(kClientUnansweredMax >= kHeldPerSessionMax);
static_assert(kHeldBytesPerSessionMax >= kClusterFrameBytesMax);
static_assert(kHeldBytesPerPortMax >= kHeldBytesPerSessionMax);
static_assert(kCopyFrameBytesMax < kCopyWindowBytes);
static_assert(kFrameBytesMaxBeforeLogin < kFrameBytesMax && kFrameBytesMax < kFrameBytesHardMax);
static_assert(kPortDirectUnconfirmedBytesMax < kPortUnconfirmedBytesMax);
static_assert(kPortConfirmOwedBytesMax < kPortDirectUnconfirmedBytesMax);
static_assert(kReringSameHostUs <= kReringMaxUs && kReringOtherHostUs <= kReringMaxUs);
static_assert(kPortSilenceUs > 2 * kBeatEveryUs && kNeighbourSilenceUs > 2 * kBeatEveryUs);

}  // namespace trunkline::wire
