#include "backbone/admin_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "tests/support/temporary_directory.h"
#include "wire/codec.h"

namespace trunkline::backbone {
namespace {
namespace asio = boost::asio;

wire::Bytes question(std::uint32_t verb_user) {
  wire::Admin admin;
  const std::string user = "user" + std::to_string(verb_user);
  admin.user = user;
  return wire::encoded({}, admin);
}
wire::Bytes answer(const std::string& text) {
  wire::AdminIs is;
  is.done = true;
  is.text = text;
  return wire::encoded({}, is);
}

class AdminSocketTest : public testing::Test {
 protected:
  asio::local::stream_protocol::socket connected() {
    asio::local::stream_protocol::socket socket(io_);
    socket.connect(asio::local::stream_protocol::endpoint(path_));
    return socket;
  }
  template <class Done>
  void run_until(Done done) {
    while (!done()) io_.run_one();
  }

  tests::TemporaryDirectory run_;
  std::string path_ = run_.path() + "/rank-0.admin";
  asio::io_context io_;
  std::vector<wire::Bytes> asked_;
  wire::SessionId asker_ = 0;
  AdminSocket admin_{io_, path_, [this](wire::SessionId connection, wire::BytesView frame) {
                       asker_ = connection;
                       asked_.emplace_back(frame);
                     }};
};

TEST_F(AdminSocketTest, FramesComeWholeHoweverTheyAreCut) {
  auto tool = connected();
  const wire::Bytes both = question(1) + question(2);
  for (std::size_t cut = 0; cut < both.size(); cut += 7) {
    asio::write(tool, asio::buffer(both.substr(cut, 7)));
    io_.poll();
  }
  run_until([&] { return asked_.size() == 2; });
  EXPECT_EQ(asked_[0], question(1));
  EXPECT_EQ(asked_[1], question(2));
}

TEST_F(AdminSocketTest, AnswersGoBackToTheOneWhoAsked) {
  auto bystander = connected();
  auto tool = connected();
  asio::write(tool, asio::buffer(question(1)));
  run_until([&] { return !asked_.empty(); });
  const wire::Bytes wanted = answer("{}");
  admin_.answer(asker_, wanted);
  wire::Bytes got(wanted.size(), '\0');
  bool read = false;
  asio::async_read(tool, asio::buffer(got), [&](auto, std::size_t) { read = true; });
  run_until([&] { return read; });
  EXPECT_EQ(got, wanted);
  EXPECT_EQ(bystander.available(), 0u);
}

TEST_F(AdminSocketTest, WhatIsNotAnAdminFrameEndsTheConnection) {
  for (const wire::Bytes& wrong : {wire::Bytes(100, 'x'), answer("not a question")}) {
    auto tool = connected();
    asio::write(tool, asio::buffer(wrong));
    boost::system::error_code error;
    bool ended = false;
    char byte = 0;
    asio::async_read(tool, asio::buffer(&byte, 1), [&](auto why, std::size_t) {
      error = why;
      ended = true;
    });
    run_until([&] { return ended; });
    EXPECT_TRUE(error);
  }
  EXPECT_TRUE(asked_.empty());
}

TEST_F(AdminSocketTest, AnAnswerToNobodyIsNoError) {
  admin_.answer(12345, answer("{}"));
  io_.poll();
}

// What another user's program finds: 0: it was cut off; else how far it got.
int ask_as_another_user(const std::string& path, const wire::Bytes& words) {
  constexpr uid_t kNobody = 65534;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (::setresuid(kNobody, kNobody, kNobody) != 0) return 1;
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return 2;
  (void)!::send(socket, words.data(), words.size(), MSG_NOSIGNAL);  // it may be cut off already
  char byte = 0;
  return ::recv(socket, &byte, 1, 0) <= 0 ? 0 : 3;
}

// Even where somebody has opened the directory and the socket.
TEST_F(AdminSocketTest, AnotherUserIsNotHeard) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  ASSERT_EQ(::chmod(run_.path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(path_.c_str(), 0777), 0);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(ask_as_another_user(path_, question(1)));
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) io_.run_one_for(std::chrono::milliseconds(10));
  io_.poll();
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(AdminSocketTest, ItIsOursAlone) {
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 077u, 0u);
}

}  // namespace
}  // namespace trunkline::backbone
