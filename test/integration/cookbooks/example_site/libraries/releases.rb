# frozen_string_literal: true

module ExampleSite
  # What lies in a folder that `make dist` filled.
  class Releases
    def initialize(folder)
      @folder = folder
    end

    # @param name [String] hubble-adapter or hubblecast-page
    # @return [Hash] the newest version there, as attributes of the cookbooks
    def newest(name)
      sums = File.readlines(File.join(@folder, 'SHA256SUMS')).to_h { |line| line.split.reverse }
      archive = sums.keys.find { |file| file.start_with?("#{name}-") }
      { 'version' => archive[/-(\d.*)\.tar\.gz\z/, 1], 'source' => File.join(@folder, archive), 'sha256' => sums[archive] }
    end
  end
end
