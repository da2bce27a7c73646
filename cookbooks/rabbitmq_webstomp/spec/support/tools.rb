# frozen_string_literal: true

# The machine's programs, as far as the cookbook calls them: a broker's definitions in memory, changed by the same commands
# in the same way. It keeps each command, so that a spec can tell what was asked of the broker and what was on a command line.
class Tools
  ROWS = {
    'vhosts' => %w(name), 'users' => %w(name), 'permissions' => %w(user vhost), 'topic_permissions' => %w(user vhost exchange),
    'policies' => %w(vhost name), 'parameters' => %w(vhost component name), 'exchanges' => %w(vhost name),
    'queues' => %w(vhost name), 'bindings' => %w(vhost source destination destination_type routing_key)
  }.freeze

  attr_reader :state, :commands, :documents, :imports
  attr_accessor :version, :pid, :faults, :claims, :loopback, :cluster, :replicas, :peers, :running, :flags, :idle_answers

  def initialize
    @state = ROWS.keys.to_h { |section| [section, []] }
    @version = '3.10.8'
    @pid = 0
    @faults = []
    @claims = ['ok']
    @loopback = %w(guest)
    @documents = {}
    @commands = []
    @imports = []
    @replicas = Hash.new { |hash, name| hash[name] = %w(rabbit@localhost) }
    @cluster = %w(rabbit@localhost)
    @peers = {}
    @flags = []
    @idle_answers = 0
  end

  def add(section, row)
    replace(section, JSON.parse(JSON.generate(row)))
    self
  end

  def row(section, wanted)
    state[section].find { |row| wanted.all? { |key, value| row[key.to_s] == value } }
  end

  # Commands that may change something.
  def changes
    asking = /export_definitions|list_by_type|cluster_status|MainPID|eval node\(\)|get_env|is_being_drained|x-stream-offset/
    commands.reject { |command| command.join(' ').match?(asking) }
  end

  def execute(command, **options)
    @commands << command
    program, *arguments = command
    case File.basename(program)
    when 'systemctl' then "#{pid}\n"
    when 'escript' then lint
    when 'rabbitmqctl' then rabbitmqctl(arguments - %w(--quiet), options)
    when 'rabbitmq-streams' then add_replica(*arguments.last(2))
    else ''
    end.to_s
  end

  private

  # As the streams' coordinator: so many times it says yes and does nothing.
  def add_replica(stream, node)
    return self.idle_answers -= 1 if idle_answers.positive?

    replicas[stream] |= [node]
  end

  def lint
    raise RabbitmqWebstomp::CliFailed, "escript ended with exit code 1: #{faults.join("\n")}" unless faults.empty?
  end

  def rabbitmqctl(arguments, _options)
    return peer(arguments) if arguments.first == '--node'

    vhost = arguments[arguments.index('--vhost') + 1] if arguments.include?('--vhost')
    command, *words = arguments
    words -= ['--vhost', vhost]
    case command
    when 'export_definitions' then JSON.generate(state.merge('rabbitmq_version' => version, 'vhosts' => vhosts))
    when 'import_definitions' then import(JSON.parse(File.read(words.first)))
    when 'cluster_status' then JSON.generate('disk_nodes' => cluster, 'running_nodes' => running || cluster, 'feature_flags' => flags)
    when 'eval' then erlang(words.first)
    else delete(command, vhost, words)
    end
  end

  def peer(arguments)
    answer = peers.fetch(arguments[1]) { raise RabbitmqWebstomp::CliFailed, 'unable to perform an operation on the node' }
    arguments[2] == 'cluster_status' ? JSON.generate('disk_nodes' => answer) : ''
  end

  def vhosts
    state['vhosts'].map do |row|
      limits = row('parameters', vhost: row['name'], component: 'vhost-limits')&.fetch('value', {})
      row.merge('limits' => limits.to_a)
    end
  end

  def import(definitions)
    @imports << definitions.keys
    definitions.each { |section, rows| rows.each { |row| replace(section, row) } }
    ''
  end

  # As in RabbitMQ: users' limits are added to, and a queue or exchange that exists stays as it is.
  def replace(section, row)
    identity = ROWS.fetch(section)
    old = state[section].find { |other| other.values_at(*identity) == row.values_at(*identity) }
    return if old && %w(queues exchanges).include?(section)

    row = row.merge('limits' => old['limits'].merge(row['limits'])) if old && section == 'users'
    state[section].delete(old)
    state[section] << row
  end

  def delete(command, vhost, words)
    case command
    when 'delete_user' then %w(users permissions topic_permissions).each { |section| drop(section, words.first, %w(name user)) }
    when 'delete_vhost' then drop('vhosts', words.first, %w(name))
    when 'delete_queue' then state['queues'].reject! { |row| row['vhost'] == vhost && row['name'] == words.first }
    when 'clear_permissions' then state['permissions'].reject! { |row| row.values_at('vhost', 'user') == [vhost, words.first] }
    when 'clear_topic_permissions'
      state['topic_permissions'].reject! { |row| row.values_at('vhost', 'user') == [vhost, words.first] && [nil, row['exchange']].include?(words[1]) }
    when 'clear_policy' then state['policies'].reject! { |row| row.values_at('vhost', 'name') == [vhost, words.first] }
    when 'clear_operator_policy' then state['parameters'].reject! { |row| row.values_at('component', 'name') == ['operator_policy', words.first] }
    when 'clear_vhost_limits' then state['parameters'].reject! { |row| row.values_at('component', 'vhost') == ['vhost-limits', vhost] }
    when 'clear_user_limits' then row('users', name: words.first)['limits'].delete(words[1])
    end
    ''
  end

  def drop(section, name, keys)
    state[section].reject! { |row| keys.any? { |key| row[key] == name } }
  end

  def erlang(code)
    case code
    when 'node().' then "rabbit@localhost\n"
    when /list_by_type\(rabbit_stream_queue/ then copies
    when /get_env\(rabbit, loopback_users/ then "<<\"#{JSON.generate(loopback).gsub('"', '\"')}\">>"
    when /set_env\(rabbit, loopback_users, (.*)\)\./ then self.loopback = names(Regexp.last_match(1)) and 'ok'
    when /global:trans/ then claims.length > 1 ? claims.shift : claims.first
    when /is_being_drained_local_read\(node/ then 'false'
    when /x-stream-offset/ then read(code)
    when /basic.publish/ then publish(code)
    when /rabbit_exchange:delete/ then state['exchanges'].reject! { |row| names(code).include?(row['name']) } and 'ok'
    when /rabbit_binding:remove/ then state['bindings'].clear and 'ok'
    when /delete_replica/ then '{ok,ok,{rabbit_stream_coordinator,rabbit@localhost}}'
    else 'ok'
    end
  end

  def copies
    streams = state['queues'].select { |row| row['arguments'].to_h['x-queue-type'] == 'stream' }
    streams.map { |row| "#{Base64.strict_encode64(row['name'])}:#{replicas[row['name']].join(',')}\n" }.join + 'ok'
  end

  def names(code)
    code.scan(/<<([\d,]+)>>/).map { |match| match.first.split(',').map(&:to_i).pack('C*').force_encoding('UTF-8') }
  end

  def publish(code)
    name, document = code.scan(%r{<<"([A-Za-z0-9+/=]+)">>}).map { |match| Base64.decode64(match.first) }[1..]&.last(2)
    documents[name] = document
    'ok'
  end

  def read(_code)
    documents.map { |name, document| "#{Base64.strict_encode64(name)}:#{Base64.strict_encode64(document)}" }.join("\n") + "\nok"
  end
end
