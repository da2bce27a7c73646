// A Hubble server that is faster than any client of it: replays prepared flows with fresh uuids, times and source ports.
//
//   feeder TEMPLATES RATE MAX_SECONDS [unfiltered]
//
// TEMPLATES: for each flow four u32 in the machine's byte order (its verdict; the offset of a three-byte varint that
// holds a port, 0 for none; how many bytes stand before its uuid's place; how many bytes there are) and the bytes: a
// flow.Flow without time and uuid, its fields in the order of their numbers, as Cilium writes them.
// RATE: flows a second, 0 for as many as are taken. It prints its port, and at each stream's end how many flows it sent.
//
// Of a request it honours a whitelist of verdicts (unless `unfiltered`: then it sends all), and node names in either list.
// The flows are those of four nodes in turn. It refuses a request without a field mask, since the templates are masked.

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/method_handler.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "hubble_adapter/wire/observer.pb.h"

namespace {

struct Template {
  uint32_t verdict, port_offset, head;
  uint32_t port;
  std::string bytes;
};

std::vector<Template> read_templates(const char* path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<Template> out;
  uint32_t numbers[4];
  while (in.read(reinterpret_cast<char*>(numbers), sizeof numbers)) {
    Template one{numbers[0], numbers[1], numbers[2], 0, std::string(numbers[3], '\0')};
    in.read(&one.bytes[0], numbers[3]);
    if (one.port_offset) {
      const auto* at = reinterpret_cast<const unsigned char*>(one.bytes.data()) + one.port_offset;
      one.port = (at[0] & 0x7f) | (at[1] & 0x7f) << 7 | at[2] << 14;
    }
    out.push_back(std::move(one));
  }
  if (out.empty()) {
    std::fprintf(stderr, "feeder: %s holds no flow\n", path);
    std::exit(1);
  }
  return out;
}

char* varint(char* to, uint64_t number) {
  for (; number >= 0x80; number >>= 7) *to++ = static_cast<char>(number | 0x80);
  *to++ = static_cast<char>(number);
  return to;
}

constexpr char kNode[] = "default/node-1";
constexpr int kNodes = 4;

std::string node_name(int node) {
  std::string name = kNode;
  name.back() = static_cast<char>('1' + node);
  return name;
}

// A GetFlowsResponse around a template, written to `to`; returns its end.
char* response(char* to, const Template& one, int node, uint64_t pass, uint64_t ordinal, int64_t now_ns) {
  static const char hex[] = "0123456789abcdef";
  char stamp[16], *stamp_end = stamp;
  *stamp_end++ = 0x08;
  stamp_end = varint(stamp_end, now_ns / 1000000000);
  *stamp_end++ = 0x10;
  stamp_end = varint(stamp_end, now_ns % 1000000000);
  const size_t stamp_size = stamp_end - stamp;
  *to++ = 0x0a;
  to = varint(to, 2 + stamp_size + one.bytes.size() + 3 + 36);
  *to++ = 0x0a;
  *to++ = static_cast<char>(stamp_size);
  std::memcpy(to, stamp, stamp_size);
  to += stamp_size;
  std::memcpy(to, one.bytes.data(), one.head);
  if (one.port_offset) {
    const uint32_t port = 32768 + (one.port + pass * 7919) % 28232;  // the ports that Linux gives connections
    to[one.port_offset] = static_cast<char>(port | 0x80);
    to[one.port_offset + 1] = static_cast<char>(port >> 7 | 0x80);
    to[one.port_offset + 2] = static_cast<char>(port >> 14);
  }
  to += one.head;
  std::memcpy(to, "\x92\x02\x24" "f1000000-0000-4000-8000-", 27);
  to += 27;
  for (int shift = 44; shift >= 0; shift -= 4) *to++ = hex[ordinal >> shift & 15];
  std::memcpy(to, one.bytes.data() + one.head, one.bytes.size() - one.head);
  to += one.bytes.size() - one.head;
  std::memcpy(to, "\xc2\x3e\x0e" "default/node-1" "\xca\x3e", 19);
  to[16] = static_cast<char>('1' + node);
  to += 19;
  *to++ = static_cast<char>(stamp_size);
  std::memcpy(to, stamp, stamp_size);
  return to + stamp_size;
}

int64_t unix_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

class Observer : public grpc::Service {
 public:
  Observer(std::vector<Template> templates, double rate, bool filters)
      : templates_(std::move(templates)), rate_(rate), filters_(filters) {
    using grpc::internal::RpcMethod;
    AddMethod(new grpc::internal::RpcServiceMethod(
        "/observer.Observer/GetFlows", RpcMethod::SERVER_STREAMING,
        new grpc::internal::ServerStreamingHandler<Observer, observer::GetFlowsRequest, grpc::ByteBuffer>(
            [](Observer* self, grpc::ServerContext* context, const observer::GetFlowsRequest* request,
               grpc::ServerWriter<grpc::ByteBuffer>* writer) { return self->flows(context, *request, writer); },
            this)));
    AddMethod(new grpc::internal::RpcServiceMethod(
        "/observer.Observer/ServerStatus", RpcMethod::NORMAL_RPC,
        new grpc::internal::RpcMethodHandler<Observer, observer::ServerStatusRequest, observer::ServerStatusResponse>(
            [](Observer*, grpc::ServerContext*, const observer::ServerStatusRequest*,
               observer::ServerStatusResponse* status) {
              status->set_version("bench");
              return grpc::Status::OK;
            },
            this)));
    AddMethod(new grpc::internal::RpcServiceMethod(
        "/observer.Observer/GetNodes", RpcMethod::NORMAL_RPC,
        new grpc::internal::RpcMethodHandler<Observer, observer::GetNodesRequest, observer::GetNodesResponse>(
            [](Observer*, grpc::ServerContext*, const observer::GetNodesRequest*, observer::GetNodesResponse* nodes) {
              for (int node = 0; node < kNodes; ++node) nodes->add_nodes()->set_name(node_name(node));
              return grpc::Status::OK;
            },
            this)));
  }

 private:
  grpc::Status flows(grpc::ServerContext* context, const observer::GetFlowsRequest& request,
                     grpc::ServerWriter<grpc::ByteBuffer>* writer) {
    if (!request.has_field_mask()) return {grpc::StatusCode::INVALID_ARGUMENT, "these flows are masked"};
    std::set<uint32_t> verdicts;
    if (filters_)
      for (const auto& filter : request.whitelist())
        for (int verdict : filter.verdict()) verdicts.insert(verdict);
    std::set<std::string> wanted, unwanted;
    for (const auto& filter : request.whitelist()) wanted.insert(filter.node_name().begin(), filter.node_name().end());
    for (const auto& filter : request.blacklist()) unwanted.insert(filter.node_name().begin(), filter.node_name().end());
    bool sends[kNodes];
    for (int node = 0; node < kNodes; ++node) {
      const std::string name = node_name(node);
      sends[node] = (wanted.empty() || wanted.count(name)) && !unwanted.count(name);
    }
    const auto began = std::chrono::steady_clock::now();
    uint64_t considered = 0;
    writer->SendInitialMetadata();
    // Without a set rate, messages wait for company until gRPC's buffer of 64 KiB is full, as they do on a busy server.
    auto options = grpc::WriteOptions();
    if (rate_ == 0) options.set_buffer_hint();
    bool taken = true;
    while (taken) {
      for (const Template& one : templates_) {
        if (rate_ > 0 && considered % 16 == 0) {
          std::this_thread::sleep_until(began + std::chrono::duration<double>(considered / rate_));
        }
        const int node = considered % kNodes;
        const uint64_t pass = considered++ / templates_.size();
        if (!sends[node]) continue;
        if (!verdicts.empty() && !verdicts.count(one.verdict)) continue;
        char buffer[8192];
        const char* end = response(buffer, one, node, pass, ordinal_++, unix_ns());
        grpc::Slice slice(buffer, end - buffer);
        grpc::ByteBuffer message(&slice, 1);
        taken = writer->Write(message, options);
        if (!taken) break;
      }
      if (context->IsCancelled()) break;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf("considered %llu flows in %.1f s\n", static_cast<unsigned long long>(considered), took.count());
    std::fflush(stdout);
    return grpc::Status::OK;
  }

  const std::vector<Template> templates_;
  const double rate_;
  const bool filters_;
  std::atomic<uint64_t> ordinal_{0};
};

}  // namespace

int main(int argc, char** argv) {
  const bool unfiltered = argc == 5 && std::string(argv[4]) == "unfiltered";
  if (argc != 4 && !unfiltered) {
    std::fprintf(stderr, "usage: feeder TEMPLATES RATE MAX_SECONDS [unfiltered]\n");
    return 2;
  }
  Observer observer(read_templates(argv[1]), std::atof(argv[2]), !unfiltered);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&observer);
  auto server = builder.BuildAndStart();
  if (!server) return 1;
  std::printf("%d\n", port);
  std::fflush(stdout);
  // Whoever started it may be gone.
  std::this_thread::sleep_for(std::chrono::duration<double>(std::atof(argv[3])));
  server->Shutdown(std::chrono::system_clock::now());
  return 0;
}
