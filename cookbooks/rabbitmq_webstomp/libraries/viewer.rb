# frozen_string_literal: true

require 'json'

module RabbitmqWebstomp
  # The exact rights of a viewer, its streams, and what its page is told: docs/viewers.md in Ruby. Pure.
  #
  # The broker matches a subscription's binding key, as text, against the user's topic right for reading. So a right
  # lists the shapes that a binding key may have, word by word, and none may hold a wildcard of many words.
  class Viewer
    FLOWS = 'hubble_flows'
    STATUS = 'hubble_status'
    NOTHING = '^$'
    # A word of a binding key: the wildcard of one word, or a word of a routing key. Never `#`, never empty.
    WORD = '(?:\*|[A-Za-z0-9_-]{1,63})'
    MIB = 1024 * 1024
    HISTORY = { max_age: '24h', max_length_bytes: 512 * MIB, max_segment_bytes: 16 * MIB }.freeze
    STATUS_HISTORY = { max_age: '24h', max_length_bytes: 128 * MIB, max_segment_bytes: 4 * MIB }.freeze
    DOCUMENT = { max_age: nil, max_length_bytes: 1_000_000, max_segment_bytes: 500_000 }.freeze

    NAME = /\A[A-Za-z0-9][A-Za-z0-9_-]{0,62}\z/.freeze
    CLUSTER = /\A[A-Za-z0-9_-]{1,63}\z/.freeze
    NAMESPACE = /\A[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\z/.freeze

    # A stream and what fills it. `exchange` nil: nothing does.
    Stream = Struct.new(:name, :exchange, :bindings, :retention, keyword_init: true)

    attr_reader :name, :namespaces, :clusters, :history

    # @param namespaces [Array<String>, nil] nil: all of them
    # @param clusters [Array<String>, nil] nil: all of them
    def initialize(name, namespaces, clusters, history)
      @name = name
      @namespaces = namespaces
      @clusters = clusters
      @history = history
    end

    # @return [Array<String>] what the broker could not keep apart from wider rights
    def faults
      [
        ('its name must be letters, digits, _ and -, at most 63, the first a letter or digit' unless name.match?(NAME)),
        *Array(namespaces).reject { |word| word.match?(NAMESPACE) }
                          .map { |word| "namespaces: #{word.inspect} is no name of a Kubernetes namespace (a-z, 0-9 and -, at most 63)" },
        *Array(clusters).reject { |word| word.match?(CLUSTER) }
                        .map { |word| "clusters: #{word.inspect} must be letters, digits, _ and -, at most 63" },
      ].compact
    end

    # Whether only a topic exchange could hold it to its rights.
    def limited?
      !(namespaces.nil? && clusters.nil?)
    end

    def queue
      "stomp-subscription-#{name}\\.[0-9a-f]{2}"
    end

    def own
      "^#{queue}$"
    end

    def read
      names = [FLOWS, STATUS, *streams.map(&:name), document_stream.name]
      "^(?:#{queue}|#{names.map { |one| one.gsub('.', '\.') }.join('|')})$"
    end

    # @return [Hash] the topic rights by exchange
    def topics
      { FLOWS => { 'write' => NOTHING, 'read' => flow_keys }, STATUS => { 'write' => NOTHING, 'read' => status_keys } }
    end

    # Streams of the past, which viewers of the same rights share by name.
    def streams
      history ? flow_streams + status_streams : []
    end

    def document_stream
      Stream.new(name: "hubble_viewer.#{name}", exchange: nil, bindings: [], retention: DOCUMENT)
    end

    # @return [String] JSON, see docs/messages.md, "Viewer"
    def document
      JSON.generate(
        'v' => 1, 'user' => name, 'namespaces' => namespaces, 'clusters' => clusters, 'queue' => "stomp-subscription-#{name}.",
        'flows' => each_pair { |namespace, cluster| flow_bindings(namespace, cluster) },
        'status' => each_cluster { |cluster| status_binding(cluster) },
        'history' => streams.select { |stream| stream.exchange == FLOWS }.map(&:name),
        'status_history' => streams.select { |stream| stream.exchange == STATUS }.map(&:name)
      )
    end

    # The names that a viewer's read pattern spells out.
    # @return [Array<String>]
    def self.streams_in(read)
      inside = read.to_s[/\A\^\(\?:(.*)\)\$\z/, 1].to_s
      inside.split('|').map { |name| name.gsub('\.', '.') }.select { |name| name.start_with?('hubble_history', 'hubble_status_history') }
    end

    private

    def flow_keys
      return NOTHING if namespaces == [] || clusters == []

      if namespaces.nil?
        tail = "(?:#|#{WORD}\\.#{WORD}\\.#{WORD})"
        # What follows a cluster of the viewer's own may be anything.
        return clusters.nil? ? "^(?:#|#{WORD}\\.#{tail})$" : "^#{one_of(clusters)}\\.#{tail}$"
      end

      cluster = clusters.nil? ? WORD : one_of(clusters)
      "^#{cluster}\\.#{WORD}\\.(?:#{one_of(namespaces)}\\.#{WORD}|#{WORD}\\.#{one_of(namespaces)})$"
    end

    def status_keys
      return "^(?:#|#{WORD}\\.#{WORD})$" if clusters.nil?

      clusters.empty? ? NOTHING : "^#{one_of(clusters)}\\.#{WORD}$"
    end

    def one_of(words)
      "(?:#{words.join('|')})"
    end

    def flow_streams
      each_pair do |namespace, cluster|
        Stream.new(name: stream_name('hubble_history', namespace, cluster), exchange: FLOWS,
                   bindings: flow_bindings(namespace, cluster), retention: HISTORY)
      end
    end

    def status_streams
      each_cluster do |cluster|
        Stream.new(name: stream_name('hubble_status_history', nil, cluster), exchange: STATUS,
                   bindings: [status_binding(cluster)], retention: STATUS_HISTORY)
      end
    end

    # No word of a routing key holds an @, so that no namespace can pass for a cluster.
    def stream_name(base, namespace, cluster)
      return base unless namespace || cluster

      "#{base}.#{namespace}#{"@#{cluster}" if cluster}"
    end

    def flow_bindings(namespace, cluster)
      return [cluster ? "#{cluster}.#" : '#'] unless namespace

      first = cluster || '*'
      ["#{first}.*.#{namespace}.*", "#{first}.*.*.#{namespace}"]
    end

    def status_binding(cluster)
      cluster ? "#{cluster}.*" : '#'
    end

    def each_cluster(&block)
      (clusters || [nil]).map(&block)
    end

    def each_pair
      (namespaces || [nil]).flat_map { |namespace| (clusters || [nil]).flat_map { |cluster| yield namespace, cluster } }
    end
  end
end
