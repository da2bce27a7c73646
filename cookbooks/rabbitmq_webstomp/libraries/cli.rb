# frozen_string_literal: true

require 'fileutils'
require 'mixlib/shellout'
require 'tmpdir'

module RabbitmqWebstomp
  # A tool of the broker's could not do what it was asked.
  class CliFailed < RuntimeError; end

  # Runs RabbitMQ's own command-line tools: as the user `rabbitmq`, with arguments as an array, and never with a
  # secret among them.
  #
  # Debian's /usr/sbin/rabbitmqctl must not be used: it hands its arguments to a shell, so `$` and backticks in a
  # policy's pattern would run. The programs of /usr/lib/rabbitmq/bin, which it calls, take them as they are.
  module Cli
    PROGRAMS = '/usr/lib/rabbitmq/bin'
    ENVIRONMENT = { 'HOME' => '/var/lib/rabbitmq', 'LANG' => 'C.UTF-8', 'LC_ALL' => 'C.UTF-8' }.freeze
    MESSAGE_CHARACTERS = 2000
    # These may be said twice. A tool gives a node seven seconds to let it in, and on a busy machine that may be too few.
    REPEATABLE = %w(cluster_status export_definitions import_definitions).freeze
    NOT_LET_IN = /ended with exit code 69:.*up, 'rabbit' application running/m.freeze
    TRIES = 3

    module_function

    # @param arguments [Array<String>] visible to every user of the machine: never a secret
    # @param input [String, nil] what the tool reads; secrets go here
    # @param timeout [Numeric] seconds
    # @return [String] what the tool printed
    # @raise [CliFailed]
    def run(program, *arguments, input: nil, timeout: 60)
      tries ||= 0
      command = [File.join(PROGRAMS, program), '--quiet', *arguments.map(&:to_s)]
      execute(command, input: input, timeout: timeout, user: 'rabbitmq', group: 'rabbitmq',
                       cwd: '/var/lib/rabbitmq', environment: ENVIRONMENT)
    rescue CliFailed => error
      retry if REPEATABLE.include?(arguments.first) && error.message.match?(NOT_LET_IN) && (tries += 1) < TRIES
      raise
    end

    def rabbitmqctl(*arguments, **options)
      run('rabbitmqctl', *arguments, **options)
    end

    # Runs rabbitmqctl with the path of a file that holds `text` and that the broker's user alone can read, while it runs.
    # (RabbitMQ 4.0 does not find the end of its standard input.)
    def rabbitmqctl_with_file(command, text, **options)
      Dir.mktmpdir('rabbitmqctl') do |dir|
        path = File.join(dir, 'input')
        File.write(path, text, perm: 0o600)
        FileUtils.chown('rabbitmq', 'rabbitmq', [dir, path]) if Process.uid.zero?
        rabbitmqctl(command, path, **options)
      end
    end

    # Any other program. Its name and first argument are told in an error, its input never.
    def execute(command, **options)
      name = [File.basename(command.first), *command[1..].reject { |word| word.start_with?('-') }.first(1)].join(' ')
      done = Mixlib::ShellOut.new(command, **options)
      done.run_command
      return done.stdout if done.exitstatus == 0

      raise CliFailed, "#{name} ended with exit code #{done.exitstatus}: #{harmless("#{done.stderr}\n#{done.stdout}")}"
    rescue Mixlib::ShellOut::CommandTimeout
      raise CliFailed, "#{name} did not end within #{options[:timeout]} s"
    rescue Errno::ENOENT, Errno::EACCES => error
      raise CliFailed, "#{name}: #{error.message}"
    end

    # A tool's words, fit for a log: no control characters, not endless.
    def harmless(text)
      text.to_s.scrub('?').gsub(/\e\[[0-9;]*m/, '').gsub(/[^[:print:]\n]/, ' ').strip.squeeze("\n")[0, MESSAGE_CHARACTERS]
    end

    # An Erlang binary that says `text` whatever is in it: digits only, so nothing in it can be code.
    def erlang_binary(text)
      "<<#{text.to_s.bytes.join(',')}>>"
    end
  end
end
