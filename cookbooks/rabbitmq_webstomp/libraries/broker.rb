# frozen_string_literal: true

require 'base64'
require 'json'

module RabbitmqWebstomp
  # What the running broker holds: read as a whole, once, and again only after something was written.
  #
  # `export_definitions` prints the entire declarative state in one call, so the resources of a run cost one call
  # together and not one each. Writes go through `import_definitions`: a password's hash is never on a command line.
  class Broker
    # One for a run of Chef: all resources share what was read.
    def self.of(node)
      node.run_state['rabbitmq_webstomp_broker'] ||= new
    end

    def state
      @state ||= JSON.parse(Cli.rabbitmqctl('export_definitions', '-'))
    end

    def forget
      @state = @stream_members = @cluster = @documents = @loopback_users = nil
    end

    IMPORT_TRIES = 3

    # What tells one row of a section from another.
    IDENTITIES = {
      'permissions' => %w(user vhost), 'topic_permissions' => %w(user vhost exchange), 'policies' => %w(vhost name),
      'exchanges' => %w(vhost name), 'queues' => %w(vhost name), 'users' => %w(name), 'vhosts' => %w(name),
      'parameters' => %w(vhost component name),
      'bindings' => %w(vhost source destination destination_type routing_key arguments)
    }.freeze

    # Hands the broker a part of its definitions, in the form in which it exports them. Where the broker takes a row as it
    # is, it need not be asked for all of them again.
    def import(definitions)
      if @pending
        definitions.each { |section, rows| @pending[section] = @pending.fetch(section, []) + rows }
      else
        hand_over(definitions)
      end
      remember(definitions)
    end

    # What the block imports goes to the broker together at its end, or before the next command. Permissions go last: a
    # user that has no topic rights yet may read everything.
    def batch
      @pending ||= {}
      yield
      flush
    rescue StandardError
      # What was not handed over is not there.
      forget
      raise
    ensure
      @pending = nil
    end

    def ctl(*arguments, **options)
      flush
      Cli.rabbitmqctl(*arguments, **options)
    ensure
      forget
    end

    # Runs Erlang in the broker. Build names in it with Cli.erlang_binary, never by pasting them in.
    def erlang(code)
      ctl('eval', code).strip
    end

    # The same for Erlang that changes nothing of the definitions.
    def ask(code)
      flush
      Cli.rabbitmqctl('eval', code).strip
    end

    # @return [String] the Erlang name of this machine's node
    def node_name
      @node_name ||= Machine.read(Machine::ENVIRONMENT).to_s[/^NODENAME='(.+)'$/, 1] || ask('node().').delete("'")
    end

    # @return [String] version of the running broker
    def version
      state.fetch('rabbitmq_version')
    end

    def vhost(name)
      found = find('vhosts', 'name' => name)
      limits = find('parameters', 'vhost' => name, 'component' => 'vhost-limits')
      found && { 'metadata' => found['metadata'] || {}, 'limits' => to_hash(limits && limits['value']) }
    end

    def user(name)
      found = find('users', 'name' => name)
      found && found.merge('tags' => tags(found['tags']), 'limits' => to_hash(found['limits']))
    end

    def permissions(user, vhost)
      find('permissions', 'user' => user, 'vhost' => vhost)
    end

    # @return [Hash{String => Hash}] by exchange: {"write" => regex, "read" => regex}
    def topic_permissions(user, vhost)
      select('topic_permissions', 'user' => user, 'vhost' => vhost)
        .to_h { |row| [row['exchange'], row.slice('write', 'read')] }
    end

    def policy(vhost, name)
      find('policies', 'vhost' => vhost, 'name' => name)
    end

    # Some versions export the definition as a list of pairs.
    def operator_policy(vhost, name)
      found = find('parameters', 'component' => 'operator_policy', 'vhost' => vhost, 'name' => name)
      return unless found

      value = to_hash(found['value'])
      value.merge('definition' => to_hash(value['definition']))
    end

    def exchange(vhost, name)
      find('exchanges', 'vhost' => vhost, 'name' => name)
    end

    def queue(vhost, name)
      find('queues', 'vhost' => vhost, 'name' => name)
    end

    def binding?(wanted)
      !find('bindings', wanted).nil?
    end

    def select(section, wanted)
      state.fetch(section, []).select { |row| wanted.all? { |key, value| row[key] == value } }
    end

    # Prints STREAM:NODE,NODE for each stream, its name as Base64. list_queues says nothing of one that has no leader now.
    COPIES = <<~'ERLANG'
      [io:format("~s:~s~n", [base64:encode(Name), lists:join(",", lists:map(fun erlang:atom_to_list/1, Nodes))])
       || Stream <- rabbit_amqqueue:list_by_type(rabbit_stream_queue),
          {resource, VHost, queue, Name} <- [amqqueue:get_name(Stream)],
          #{nodes := Nodes} <- [amqqueue:get_type_state(Stream)],
          VHost =:= %<vhost>s],
      ok.
    ERLANG

    # Nodes that hold a copy of a stream.
    # @return [Array<String>]
    def members(vhost, stream)
      @stream_members ||= {}
      @stream_members[vhost] ||= ask(format(COPIES, vhost: Cli.erlang_binary(vhost)))
                                 .scan(/^([^:]+):(.+)$/).to_h { |name, nodes| [Base64.decode64(name).force_encoding('UTF-8'), nodes.split(',')] }
      @stream_members[vhost].fetch(stream, [])
    end

    # Copies come and go without a word in the definitions.
    def forget_members
      @stream_members = nil
    end

    # What the page of this viewer is told. The first question reads the documents of all viewers, as far as their streams
    # have a copy on this node: a stream is read where it is.
    # @return [String, nil]
    def document(vhost, stream)
      @documents ||= {}
      @documents[vhost] ||= Documents.read(self, vhost, document_streams(vhost))
      @documents[vhost].fetch(stream) { @documents[vhost][stream] = Documents.read(self, vhost, [stream])[stream] }
    end

    def publish_document(vhost, stream, document)
      Documents.publish(self, vhost, stream, document)
      @documents[vhost][stream] = document if @documents && @documents[vhost]
    end

    # Users that may log in from this machine alone.
    # @return [Array<String>]
    def loopback_users
      @loopback_users ||= JSON.parse(
        ask('{ok, Users} = application:get_env(rabbit, loopback_users), rabbit_json:encode(Users).')[/\[.*\]/m].gsub('\\"', '"')
      )
    end

    def loopback_users=(names)
      ask("application:set_env(rabbit, loopback_users, [#{names.map { |name| Cli.erlang_binary(name) }.join(', ')}]).")
      @loopback_users = names
    end

    # @return [Hash] `rabbitmqctl cluster_status` as JSON: disk_nodes, running_nodes, maintenance_status, feature_flags, …
    def cluster
      @cluster ||= JSON.parse(Cli.rabbitmqctl('cluster_status', '--formatter', 'json'))
    end

    private

    def document_streams(vhost)
      names = select('queues', 'vhost' => vhost).map { |row| row['name'] }.select { |name| name.start_with?(Documents::PREFIX) }
      names.select { |name| members(vhost, name).include?(node_name) }
    end

    def flush
      definitions = @pending
      return unless definitions

      @pending = {}
      permissions = definitions.slice('permissions')
      [definitions.except('permissions'), permissions].each { |part| hand_over(part) unless part.empty? }
    end

    # Another machine's run of Chef may make the same user at the same moment. The second try changes what is there by then.
    def hand_over(definitions)
      tries ||= 0
      Cli.rabbitmqctl_with_file('import_definitions', JSON.generate(definitions))
    rescue StandardError => error
      retry if error.message.include?('already_exists') && (tries += 1) < IMPORT_TRIES
      forget
      raise
    end

    def remember(definitions)
      @stream_members = nil
      return forget unless @state && (definitions.keys - IDENTITIES.keys).empty?

      definitions.each do |section, rows|
        rows.each { |row| replace(section, JSON.parse(JSON.generate(row))) }
      end
    end

    def replace(section, row)
      identity = IDENTITIES.fetch(section)
      state[section] = state.fetch(section, []).reject { |other| other.values_at(*identity) == row.values_at(*identity) } << row
    end

    def find(section, wanted)
      select(section, wanted).first
    end

    def to_hash(pairs)
      pairs.is_a?(Array) ? pairs.to_h : (pairs || {})
    end

    def tags(value)
      value.is_a?(Array) ? value : value.to_s.split(',')
    end
  end
end
