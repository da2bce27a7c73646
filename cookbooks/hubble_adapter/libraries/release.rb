# frozen_string_literal: true

require 'digest'
require 'fileutils'
require 'mixlib/shellout'

module HubbleAdapter
  # One version of the adapter on disk: ROOT/releases/VERSION. The one that runs is ROOT/current, a link.
  class Release
    PROGRAM = 'bin/hubble-adapter'
    UNIT = 'systemd/hubble-adapter.service'
    # Holds the checksum of the archive that the folder was unpacked from.
    MARK = '.sha256'
    TIMEOUT_SECONDS = 600

    # @return [String, nil] the version that is current
    def self.current_version
      link = File.join(Places::ROOT, 'current')
      File.basename(File.readlink(link)) if File.symlink?(link)
    end

    attr_reader :version, :sha256

    def initialize(version, sha256)
      @version = version
      @sha256 = sha256
    end

    def path
      File.join(Places::ROOT, 'releases', version)
    end

    def program
      File.join(path, PROGRAM)
    end

    # @return [String, nil] what systemd is to be told about this version; nil before it is unpacked
    def unit
      Machine.read(File.join(path, UNIT))
    end

    def present?
      mark == sha256
    end

    # @return [Boolean] whether this version is there, made from another archive
    def other?
      File.directory?(path) && !present?
    end

    def current?
      self.class.current_version == version
    end

    # Complete or not there at all: what is unpacked gets its name last.
    # @param archive [String] path of the .tar.gz
    # @param index [Hash, nil] environment for pip, where the modules come from an index
    # @raise [RuntimeError] if the archive is not the one that is wanted, or not a release
    def unpack(archive, index: nil)
      check_sum(archive)
      partial = "#{File.dirname(path)}/.#{version}.partial"
      FileUtils.rm_rf(partial)
      FileUtils.mkdir_p(partial)
      run('tar', '--extract', '--gzip', '--strip-components=1', '--no-same-owner', '--no-same-permissions',
          '--file', archive, '--directory', partial)
      missing = [PROGRAM, UNIT].reject { |file| File.file?(File.join(partial, file)) }
      raise "#{archive} is no release of the adapter: it has no #{missing.join(' and no ')}" unless missing.empty?

      add_modules(partial, index) if index
      # The service may not write there, and would compile everything at each start.
      run('/usr/bin/python3', '-m', 'compileall', '-q', File.join(partial, 'hubble_adapter'))
      run('chmod', '--recursive', 'u=rwX,go=rX', partial)
      File.write(File.join(partial, MARK), sha256)
      File.rename(partial, path)
    ensure
      FileUtils.rm_rf(partial) if partial
    end

    # At no moment is there no current release: the new link takes the old one's place.
    def switch
      link = File.join(Places::ROOT, 'current')
      fresh = "#{link}.new"
      FileUtils.rm_f(fresh)
      File.symlink(File.join('releases', version), fresh)
      File.rename(fresh, link)
    end

    # @return [Array<String>] folders that can go: all but this release, the current one and the newest `keep` others
    def stale(keep)
      others = Dir[File.join(Places::ROOT, 'releases', '*')].reject { |folder| folder == path }
      newest_first = others.sort_by { |folder| [-File.mtime(folder).to_f, folder] }
      newest_first.drop(keep).reject { |folder| File.basename(folder) == self.class.current_version }
    end

    private

    def mark
      File.read(File.join(path, MARK)).strip
    rescue Errno::ENOENT
      nil
    end

    def check_sum(archive)
      got = Digest::SHA256.file(archive).hexdigest
      raise "#{archive} has the SHA-256 #{got}, not #{sha256}" unless got == sha256
    end

    def add_modules(folder, index)
      venv = File.join(folder, 'venv')
      run('/usr/bin/python3', '-m', 'venv', venv)
      run(File.join(venv, 'bin/python3'), '-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check',
          '--requirement', File.join(folder, 'requirements.txt'), environment: index)
    end

    def run(*command, environment: {})
      shell = Mixlib::ShellOut.new(command, timeout: TIMEOUT_SECONDS, environment: environment.merge('LC_ALL' => 'C.UTF-8'))
      shell.run_command
      return unless shell.error?

      raise "#{command.first(3).join(' ')} failed: #{shell.stderr.strip.lines.last(5).join.strip}"
    end
  end
end
